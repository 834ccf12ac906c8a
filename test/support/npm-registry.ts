/** A registry on loopback that has our packed packages, and sends npm to the usual one for all others. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'

interface Packed {
  readonly name: string
  readonly version: string
}

export class NpmRegistry {
  readonly #server: Server
  /** Answers by path. */
  readonly #files = new Map<string, string | Buffer>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** Serves tarballs. */
  static async start(tarballs: readonly string[]): Promise<NpmRegistry> {
    const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim().replace(/\/$/, '')
    const server = createServer()
    const registry = new NpmRegistry(server)
    server.on('request', ({ url = '' }, response) => {
      const file = registry.#files.get(decodeURIComponent(url))
      if (file === undefined) return void response.writeHead(307, { location: `${upstream}${url}` }).end()
      response.end(file)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    for (const tarball of tarballs) registry.#add(tarball)
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #add(tarball: string): void {
    const manifest = JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' })) as Packed
    const bytes = readFileSync(tarball)
    const path = `/${manifest.name}/-/${basename(tarball)}`
    const dist = { tarball: this.url + path, integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` }
    const { name, version } = manifest
    const packument = { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }
    this.#files.set(`/${name}`, JSON.stringify(packument)).set(path, bytes)
  }
}
