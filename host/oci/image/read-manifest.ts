/** Reads manifests and indexes of any origin: what is not of their shape is refused here, so that nobody checks again. */
import { SluiceError } from '../../errors.ts'
import { isDigest } from '../digest.ts'
import { MANIFEST_TYPES, MEDIA_TYPES, isIndexType } from '../media-types.ts'
import type { Descriptor, Index, Manifest } from '../types.ts'
import { messageOf } from '../../util/attempt.ts'

/** Bytes that registries keep of a manifest at least (distribution-spec); more is refused. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024

type Json = Readonly<Record<string, unknown>>

/** One image or artifact. Throws SLUICE_OCI_MANIFEST; `place` names the manifest. */
export function readManifest(bytes: Uint8Array, place: string): Manifest {
  const json = readJson(bytes, place)
  const manifest = { ...json, mediaType: mediaTypeOf(json, place) }
  if (isIndexType(manifest.mediaType)) throw fault(place, 'an index', 'the manifest of one image')
  checkDescriptor(json['config'], `${place} config`)
  checkDescriptors(json['layers'], `${place} layers`)
  if (json['subject'] !== undefined) checkDescriptor(json['subject'], `${place} subject`)
  checkAnnotations(json['annotations'], place)
  // Every part that is typed has been checked above.
  return manifest as unknown as Manifest
}

/** An index, or Docker's manifest list. Throws SLUICE_OCI_MANIFEST; `place` names the index. */
export function readIndex(bytes: Uint8Array, place: string): Index {
  const json = readJson(bytes, place)
  const index = { ...json, mediaType: mediaTypeOf(json, place) }
  if (!isIndexType(index.mediaType)) throw fault(place, 'the manifest of one image', 'an index')
  checkDescriptors(json['manifests'], `${place} manifests`)
  checkAnnotations(json['annotations'], place)
  // As above.
  return index as unknown as Index
}

/** The media type of a manifest or index by its own text, as a proxy sees it. Throws SLUICE_OCI_MANIFEST. */
export function manifestTypeOf(bytes: Uint8Array, place: string): string {
  return mediaTypeOf(readJson(bytes, place), place)
}

function readJson(bytes: Uint8Array, place: string): Json {
  if (bytes.length > MAX_MANIFEST_BYTES) throw fault(place, `${bytes.length} bytes`, 'a manifest of at most 4 MiB')
  const json = parse(bytes, place)
  if (!isObject(json)) throw fault(place, 'JSON that is no object', 'a manifest')
  if (json['schemaVersion'] !== 2) throw fault(place, `schemaVersion ${JSON.stringify(json['schemaVersion'])}`, 'schemaVersion 2')
  return json
}

function parse(bytes: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw fault(place, messageOf(cause), 'JSON in UTF-8', cause)
  }
}

/** OCI lets the field out, Docker does not: what is absent tells the two kinds of OCI apart by what they hold. */
function mediaTypeOf(json: Json, place: string): string {
  const { mediaType } = json
  // What can be read in two ways would be judged in one and used in the other.
  if (json['manifests'] !== undefined && json['layers'] !== undefined)
    throw fault(place, 'both layers and manifests', 'one of them')
  if (mediaType === undefined) return json['manifests'] === undefined ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.ociIndex
  if (typeof mediaType === 'string' && MANIFEST_TYPES.includes(mediaType)) return mediaType
  throw fault(place, `media type ${JSON.stringify(mediaType)}`, MANIFEST_TYPES.join(', '))
}

function checkDescriptors(list: unknown, place: string): asserts list is readonly Descriptor[] {
  if (!Array.isArray(list)) throw fault(place, typeof list, 'a list')
  for (const [index, item] of list.entries()) checkDescriptor(item, `${place}[${index}]`)
}

function checkDescriptor(value: unknown, place: string): asserts value is Descriptor {
  if (!isObject(value)) throw fault(place, typeof value, 'a descriptor')
  const { mediaType, digest, size } = value
  if (typeof mediaType !== 'string') throw fault(`${place} mediaType`, JSON.stringify(mediaType), 'a media type')
  if (typeof digest !== 'string' || !isDigest(digest))
    throw fault(`${place} digest`, JSON.stringify(digest), 'sha256: or sha512: and hex')
  if (!Number.isSafeInteger(size) || Number(size) < 0) throw fault(`${place} size`, JSON.stringify(size), 'a number of bytes')
  if (value['platform'] != null && !isObject(value['platform']))
    throw fault(`${place} platform`, typeof value['platform'], 'an object')
  checkAnnotations(value['annotations'], place)
}

function checkAnnotations(value: unknown, place: string): void {
  if (value === undefined || value === null) return
  if (!isObject(value)) throw fault(`${place} annotations`, typeof value, 'an object')
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw fault(`${place} annotations`, `${typeof text} under "${key}"`, 'texts')
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fault(place: string, seen: string, wanted: string, cause?: unknown): SluiceError {
  return new SluiceError('SLUICE_OCI_MANIFEST', 'Not a manifest that can be read', { path: place, seen, wanted }, cause)
}
