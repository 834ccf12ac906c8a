/** The files of secrets of one proxy, and how they change. */
import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Issued } from '../../support/authority.ts'
import type { Materials } from './materials.ts'

const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret'
const text = (inline_string: string): object => ({ inline_string })

export const keyPair = ({ chain, key }: Issued): object => ({ certificate_chain: text(chain), private_key: text(key) })
export const certificate = (issued: Issued): object => ({ tls_certificate: keyPair(issued) })
export const authority = (pem: string): object => ({ validation_context: { trusted_ca: text(pem) } })

export class SecretFiles {
  readonly folder: string
  readonly materials: Materials

  constructor(folder: string, materials: Materials) {
    this.folder = folder
    this.materials = materials
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts)
  }

  /** Moves a file into place. */
  async put(name: string, content: string): Promise<void> {
    await writeFile(this.path(`${name}.new`), content)
    await rename(this.path(`${name}.new`), this.path(name))
  }

  /** The file of a source: one secret of the file's name, or as many as are given. */
  async secret(name: string, ...secrets: readonly object[]): Promise<void> {
    await this.put(`${name}.yaml`, responseOf(name, ...secrets))
  }

  async pair(folder: string, { chain, key }: Issued): Promise<void> {
    await mkdir(this.path(folder), { recursive: true })
    await this.put(join(folder, 'chain.pem'), chain)
    await this.put(join(folder, 'key.pem'), key)
  }

  /** As Kubernetes changes a mounted volume: files are links through a link that is replaced. */
  async volume(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
    const before = await readlink(this.path(folder, '..data')).catch(() => null)
    const now = before === '..1' ? '..2' : '..1'
    await mkdir(this.path(folder, now), { recursive: true })
    for (const [name, content] of Object.entries(files)) await writeFile(this.path(folder, now, name), content)
    await symlink(now, this.path(folder, '..next'))
    await rename(this.path(folder, '..next'), this.path(folder, '..data'))
    if (before !== null) return rm(this.path(folder, before), { recursive: true })
    for (const name of Object.keys(files)) await symlink(join('..data', name), this.path(folder, name))
  }

  /** A certificate in files, which a secret names. */
  inFiles(folder: string, more: object = {}): object {
    const file = (name: string): object => ({ filename: this.path(folder, name) })
    return { tls_certificate: { certificate_chain: file('chain.pem'), private_key: file('key.pem'), ...more } }
  }
}

export function responseOf(name: string, ...secrets: readonly object[]): string {
  return JSON.stringify({ version_info: 'v1', resources: secrets.map((one) => ({ '@type': SECRET, name, ...one })) })
}
