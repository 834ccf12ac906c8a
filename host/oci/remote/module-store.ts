/**
 * Modules that were fetched before, in files:
 *
 *     <sha256 of the module>.wasm
 *     image-<sha256 of the digest>       the module's sha256
 *     tag-<sha256 of the reference>      the manifest's digest
 *
 * A module is looked at by its own sha256: what a file says wrongly is as good as not there. Nothing here is precious.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../util/cache-folder.ts'

const SHA256 = /^[0-9a-f]{64}$/

export class ModuleStore {
  readonly #folder: string

  constructor(folder = join(cacheFolder(), 'modules')) {
    this.#folder = folder
  }

  /** The module of that sha256; null when it is not here. */
  module(sha256: string): Uint8Array | null {
    const bytes = SHA256.test(sha256) ? this.#read(`${sha256}.wasm`) : null
    return bytes !== null && sha256Of(bytes) === sha256 ? bytes : null
  }

  /** The module of the image whose manifest has the digest; null when it is not here. */
  moduleOfImage(digest: string): Uint8Array | null {
    const sha256 = this.#read(imageFile(digest))?.toString()
    return sha256 === undefined ? null : this.module(sha256)
  }

  /** The digest that a reference led to when it was last asked. */
  digestOfTag(reference: string): string | null {
    return this.#read(tagFile(reference))?.toString() ?? null
  }

  keepModule(bytes: Uint8Array): void {
    this.#write(`${sha256Of(bytes)}.wasm`, bytes)
  }

  keepImage(digest: string, module: Uint8Array): void {
    this.keepModule(module)
    this.#write(imageFile(digest), sha256Of(module))
  }

  keepTag(reference: string, digest: string): void {
    this.#write(tagFile(reference), digest)
  }

  #read(name: string): Buffer | null {
    try {
      return readFileSync(join(this.#folder, name))
    } catch {
      return null
    }
  }

  /** A folder that cannot be written costs the next start a fetch, no more. */
  #write(name: string, content: Uint8Array | string): void {
    const unfinished = join(this.#folder, `.${randomUUID()}`)
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      writeFileSync(unfinished, content, { mode: 0o600 })
      renameSync(unfinished, join(this.#folder, name))
    } catch {
      return
    }
  }
}

function imageFile(digest: string): string {
  return `image-${sha256Of(digest)}`
}

function tagFile(reference: string): string {
  return `tag-${sha256Of(reference)}`
}

function sha256Of(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}
