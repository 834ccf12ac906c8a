/**
 * An OCI image layout in a folder (image-spec, image-layout.md):
 *
 *     oci-layout              {"imageLayoutVersion":"1.0.0"}
 *     index.json              the manifests, with their tags
 *     blobs/sha256/<hex>      manifests, configs, layers
 *
 * Blobs are written before index.json, each under another name first: a reader never sees half of anything.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { isDigest, verifyDigest, verifySize } from '../digest.ts'
import { isIndexType } from '../media-types.ts'
import type { ImageStore } from '../image-store.ts'
import type { Blob, Descriptor, Index } from '../types.ts'
import { EMPTY_INDEX, INDEX_FILE, LAYOUT_MARKER, blobPath, tagOf, withManifest } from './layout-index.ts'
import { manifestTypeOf, readIndex, readManifest } from './read-manifest.ts'
import { messageOf } from '../../util/attempt.ts'

export class LayoutFolder implements ImageStore {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** A folder that is there. Throws SLUICE_OCI_FOLDER for one that is no layout. */
  static async open(path: string): Promise<LayoutFolder> {
    const text = (await read(join(path, LAYOUT_MARKER.name)))?.toString() ?? null
    if (text !== null && /"imageLayoutVersion"\s*:\s*"1\./.test(text)) return new LayoutFolder(path)
    const seen = text === null ? `no file ${LAYOUT_MARKER.name}` : text.slice(0, 80)
    throw folderFault('Not an OCI image layout', path, seen, 'a folder that `sluice pack` or another tool wrote')
  }

  /** The same; made where nothing is. */
  static async create(path: string): Promise<LayoutFolder> {
    if ((await read(join(path, LAYOUT_MARKER.name))) !== null) return LayoutFolder.open(path)
    const others = await list(path)
    if (others.length > 0)
      throw folderFault('Not an OCI image layout', path, `files (${others[0]}, …)`, 'a layout, an empty folder or none')
    await write(join(path, INDEX_FILE), JSON.stringify(EMPTY_INDEX))
    await write(join(path, LAYOUT_MARKER.name), LAYOUT_MARKER.text)
    return new LayoutFolder(path)
  }

  /** The tags, as they stand in index.json. */
  async listTags(): Promise<readonly string[]> {
    const tags = (await this.#readIndex()).manifests.map(tagOf)
    return tags.filter((tag): tag is string => tag !== null)
  }

  async resolve(key: string): Promise<Descriptor | null> {
    const { manifests } = await this.#readIndex()
    const entry = manifests.find((other) => (isDigest(key) ? other.digest : tagOf(other)) === key)
    if (entry !== undefined) return { mediaType: entry.mediaType, digest: entry.digest, size: entry.size }
    return isDigest(key) ? this.#resolveNested(key) : null
  }

  async getManifest(key: string): Promise<Blob> {
    const descriptor = await this.resolve(key)
    if (descriptor === null) throw await this.#notFound(key)
    return { descriptor, bytes: await this.getBlob(descriptor) }
  }

  async getBlob(descriptor: Descriptor): Promise<Uint8Array> {
    const path = this.#blobPath(descriptor.digest)
    // The size first: what is too long is not read.
    const size = await sizeOf(path)
    if (size !== null) verifySize(descriptor, size, path)
    const bytes = await read(path)
    if (bytes === null) throw await this.#notFound(descriptor.digest)
    verifyDigest(descriptor.digest, bytes, path)
    return bytes
  }

  async putBlob({ descriptor, bytes }: Blob): Promise<void> {
    await write(this.#blobPath(descriptor.digest), bytes)
  }

  async putManifest(key: string, manifest: Blob): Promise<void> {
    await this.putBlob(manifest)
    const index = withManifest(await this.#readIndex(), key, manifest)
    await write(join(this.#path, INDEX_FILE), JSON.stringify(index))
  }

  async listReferrers(digest: string): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = []
    for (const entry of (await this.#readIndex()).manifests) {
      if (isIndexType(entry.mediaType)) continue
      const bytes = await this.getBlob(entry)
      const { subject, artifactType, config, annotations } = readManifest(bytes, `${this.#path} ${entry.digest}`)
      if (subject?.digest !== digest) continue
      const { mediaType, size } = entry
      const base = { mediaType, digest: entry.digest, size, artifactType: artifactType ?? config.mediaType }
      found.push(annotations === undefined ? base : { ...base, annotations })
    }
    return found
  }

  /** A manifest that only another index points at. */
  async #resolveNested(digest: string): Promise<Descriptor | null> {
    const path = this.#blobPath(digest)
    const bytes = await read(path)
    return bytes === null ? null : { mediaType: manifestTypeOf(bytes, path), digest, size: bytes.length }
  }

  async #readIndex(): Promise<Index> {
    const path = join(this.#path, INDEX_FILE)
    const bytes = await read(path)
    if (bytes === null)
      throw folderFault('Not an OCI image layout', this.#path, `no file ${INDEX_FILE}`, 'one, with the manifests')
    return readIndex(bytes, path)
  }

  #blobPath(digest: string): string {
    return join(this.#path, blobPath(digest))
  }

  async #notFound(reference: string): Promise<SluiceError> {
    const tags = await this.listTags()
    return new SluiceError('SLUICE_OCI_NOT_FOUND', 'The layout folder does not have that image or content', {
      path: this.#path,
      seen: `"${reference}"`,
      wanted: tags.length === 0 ? 'a digest that is in it' : `a digest that is in it, or one of the tags ${tags.join(', ')}`,
    })
  }
}

/** Null where nothing is. */
async function read(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (cause) {
    if (isAbsent(cause)) return null
    throw ioFault(path, cause)
  }
}

/** Nothing for a folder that is not there. */
async function list(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw ioFault(path, cause)
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    if (isAbsent(cause)) return null
    throw ioFault(path, cause)
  }
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`
  try {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(unfinished, content)
    await rename(unfinished, path)
  } catch (cause) {
    throw ioFault(path, cause)
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function ioFault(path: string, cause: unknown): SluiceError {
  const detail = { path, seen: messageOf(cause) }
  return new SluiceError('SLUICE_OCI_FOLDER', 'The layout folder cannot be read or written', detail, cause)
}

function folderFault(message: string, path: string, seen: string, wanted: string): SluiceError {
  return new SluiceError('SLUICE_OCI_FOLDER', message, { path, seen, wanted })
}
