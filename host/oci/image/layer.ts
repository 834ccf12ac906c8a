/** The layer of a container image: some files in a tar, compressed. Equal files give equal bytes on every machine. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { gzipSync } from 'fflate'
import { packTar, unpackTar, type TarHeader } from 'modern-tar'
import { SluiceError } from '../../errors.ts'
import { messageOf } from '../../util/attempt.ts'

/** Bytes that a layer may hold when it is decompressed: what Istio, Envoy Gateway and Higress read of it. */
export const MAX_LAYER_BYTES = 256 * 1024 * 1024

export interface LayerFile {
  /** Path in the tar. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** A tar (ustar) of files that belong to root, in the order given; `modified` stands as the time of each. */
export function packLayer(files: readonly LayerFile[], modified: Date): Promise<Uint8Array> {
  const owner = { mode: 0o644, uid: 0, gid: 0, uname: '', gname: '', mtime: modified }
  return packTar(files.map(({ name, bytes }) => ({ header: { name, size: bytes.length, type: 'file', ...owner }, body: bytes })))
}

/** gzip without name and time. In JavaScript: the output of Node's zlib differs by its version and processor. */
export function gzipLayer(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 9, mtime: 0 })
}

/** Decompresses at most {@link MAX_LAYER_BYTES}; `place` names the layer in errors (SLUICE_OCI_LAYER). */
export async function decompress(bytes: Uint8Array, place: string): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_LAYER_BYTES })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(place, cause)
    throw new SluiceError(
      'SLUICE_OCI_LAYER',
      'The layer cannot be decompressed',
      { path: place, seen: messageOf(cause), wanted: 'gzip' },
      cause,
    )
  }
}

/** The files of a tar whose path satisfies `wanted`, in its order. Throws SLUICE_OCI_LAYER for what is no whole tar. */
export async function readLayer(tar: Uint8Array, wanted: (name: string) => boolean, place: string): Promise<LayerFile[]> {
  const isWanted = ({ name, type }: TarHeader): boolean => type === 'file' && wanted(name)
  try {
    const entries = await unpackTar(tar, { strict: true, filter: isWanted })
    return entries.map(({ header, data }) => ({ name: header.name, bytes: data ?? new Uint8Array(0) }))
  } catch (cause) {
    const detail = { path: place, seen: messageOf(cause), wanted: 'a whole tar (ustar, GNU or pax)' }
    throw new SluiceError('SLUICE_OCI_LAYER', 'The layer is no tar', detail, cause)
  }
}

function tooLarge(place: string, cause: unknown): SluiceError {
  return new SluiceError(
    'SLUICE_OCI_LAYER',
    'The layer is too large',
    { path: place, seen: 'more than 256 MiB when decompressed', wanted: 'at most 256 MiB, as meshes take it' },
    cause,
  )
}
