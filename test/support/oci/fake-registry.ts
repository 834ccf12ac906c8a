/** A registry in this process that keeps everything in memory, and misbehaves on demand. */
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { TestCertificate } from '../certificate.ts'

export interface FakeRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** An answer in place of the usual one. */
export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** `close` ends the connection without an answer, `cut` in the middle of the body, `hang` says nothing more, `endless` never stops. */
  readonly fail?: 'close' | 'cut' | 'hang' | 'endless'
}

/** Judges a request when all of it has come; null = as usual. */
export type Intercept = (request: FakeRequest) => FakeAnswer | null

interface Stored {
  readonly type: string
  readonly bytes: Buffer
}

export class FakeRegistry {
  readonly requests: FakeRequest[] = []
  readonly blobs = new Map<string, Buffer>()
  /** By repository and tag or digest: `a/b:1`, `a/b@sha256:…`. */
  readonly manifests = new Map<string, Stored>()
  readonly uploads = new Map<string, Buffer>()
  intercept: Intercept = () => null
  /** Upload addresses: as a path, or whole. */
  locationBase = ''
  /** Pieces of uploads must have so many bytes. */
  minChunk = 0
  hasEtags = false
  readonly #server: Server

  private constructor(tls: TestCertificate | null) {
    const serve = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response)
    this.#server = tls === null ? createServer(serve) : createTlsServer(optionsOf(tls), serve)
  }

  /** In plain HTTP unless there is a certificate. */
  static async start(tls: TestCertificate | null = null): Promise<FakeRegistry> {
    const registry = new FakeRegistry(tls)
    registry.#server.listen(0, '127.0.0.1')
    await once(registry.#server, 'listening')
    return registry
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  /** Requests of a method, by path. */
  paths(method: string): string[] {
    return this.requests.filter((request) => request.method === method).map(({ path }) => path)
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const request = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(parts),
    }
    this.requests.push(request)
    const answer = this.intercept(request) ?? this.#usual(request)
    if (answer.fail === 'hang') return
    if (answer.fail === 'close') return void incoming.socket.destroy()
    write(response, request, answer)
  }

  #usual(request: FakeRequest): FakeAnswer {
    const url = new URL(request.path, 'http://fake')
    if (url.pathname === '/v2/') return { status: 200, body: '{}' }
    const [, name = '', kind = '', rest = ''] = /^\/v2\/(.+?)\/(blobs|manifests|tags|referrers)\/(.*)$/.exec(url.pathname) ?? []
    if (kind === 'manifests') return this.#manifest(request, name, rest)
    if (kind === 'blobs' && rest.startsWith('uploads/')) return this.#upload(request, name, rest.slice('uploads/'.length), url)
    if (kind === 'blobs') return this.#blob(request, rest)
    if (kind === 'tags') return json({ name, tags: this.#tags(name) })
    return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html><h1>404 page not found</h1></html>' }
  }

  #tags(name: string): string[] {
    const prefix = `${name}:`
    return [...this.manifests.keys()]
      .filter((key) => key.startsWith(prefix) && !key.includes('@'))
      .map((key) => key.slice(prefix.length))
  }

  #manifest({ method, headers, body }: FakeRequest, name: string, key: string): FakeAnswer {
    const at = key.includes(':') ? `${name}@${key}` : `${name}:${key}`
    const kept = this.manifests.get(at)
    if (method === 'PUT')
      return this.#putManifest(name, at, kept, { type: headers['content-type'] ?? '', bytes: body }, headers['if-match'])
    if (kept === undefined) return fault(404, 'MANIFEST_UNKNOWN')
    if (method === 'DELETE') return this.manifests.delete(at) ? { status: 202 } : fault(404, 'MANIFEST_UNKNOWN')
    const digest = digestOf(kept.bytes)
    const etag = this.hasEtags ? { etag: `"${digest}"` } : {}
    return { status: 200, headers: { 'content-type': kept.type, 'docker-content-digest': digest, ...etag }, body: kept.bytes }
  }

  #putManifest(name: string, at: string, kept: Stored | undefined, stored: Stored, ifMatch: string | undefined): FakeAnswer {
    if (this.hasEtags && ifMatch !== undefined && ifMatch !== `"${digestOf(kept?.bytes ?? Buffer.alloc(0))}"`)
      return { status: 412 }
    const { config, layers = [] } = JSON.parse(stored.bytes.toString()) as {
      config?: { digest: string }
      layers?: { digest: string }[]
    }
    for (const { digest } of config === undefined ? layers : [config, ...layers]) {
      if (!this.blobs.has(digest)) return fault(400, 'MANIFEST_BLOB_UNKNOWN')
    }
    const digest = digestOf(stored.bytes)
    this.manifests.set(at, stored)
    this.manifests.set(`${name}@${digest}`, stored)
    return { status: 201, headers: { 'docker-content-digest': digest } }
  }

  #blob({ method, headers }: FakeRequest, digest: string): FakeAnswer {
    const bytes = this.blobs.get(digest)
    if (bytes === undefined) return fault(404, 'BLOB_UNKNOWN')
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    return { status: from > 0 && method === 'GET' ? 206 : 200, body: bytes.subarray(from) }
  }

  #upload({ method, headers, body }: FakeRequest, name: string, id: string, url: URL): FakeAnswer {
    if (method === 'POST') return this.#begin(name, url)
    const kept = this.uploads.get(id)
    if (kept === undefined) return fault(404, 'BLOB_UPLOAD_UNKNOWN')
    if (method === 'GET')
      return { status: 204, headers: { location: this.#locationOf(name, id), range: `0-${Math.max(0, kept.length - 1)}` } }
    const start = /^(\d+)-\d+$/.exec(headers['content-range'] ?? '')?.[1]
    if (start !== undefined && Number(start) !== kept.length) return { status: 416 }
    const all = Buffer.concat([kept, body])
    if (method === 'PATCH') return this.#continue(name, id, all, body.length)
    const digest = url.searchParams.get('digest') ?? ''
    if (digestOf(all) !== digest) return fault(400, 'DIGEST_INVALID')
    this.blobs.set(digest, all)
    this.uploads.delete(id)
    return { status: 201, headers: { 'docker-content-digest': digest } }
  }

  #begin(name: string, url: URL): FakeAnswer {
    const mounted = url.searchParams.get('mount')
    if (mounted !== null && this.blobs.has(mounted)) return { status: 201 }
    const id = randomUUID()
    this.uploads.set(id, Buffer.alloc(0))
    const least = this.minChunk === 0 ? {} : { 'oci-chunk-min-length': String(this.minChunk) }
    return { status: 202, headers: { location: this.#locationOf(name, id), ...least } }
  }

  #continue(name: string, id: string, all: Buffer, length: number): FakeAnswer {
    if (length < this.minChunk) return fault(416, 'SIZE_INVALID')
    this.uploads.set(id, all)
    return { status: 202, headers: { location: this.#locationOf(name, id), range: `0-${all.length - 1}` } }
  }

  /** With a query of its own that must come back as it is. */
  #locationOf(name: string, id: string): string {
    return `${this.locationBase}/v2/${name}/blobs/uploads/${id}?_state=a%2Bb+c`
  }
}

function write(
  response: ServerResponse,
  { method }: FakeRequest,
  { status = 200, headers = {}, body = '', fail }: FakeAnswer,
): void {
  const bytes = Buffer.from(body as string)
  if (fail === 'endless') {
    response.writeHead(status, headers)
    const timer = setInterval(() => response.write('x'.repeat(65_536)), 1)
    return void response.on('close', () => clearInterval(timer))
  }
  response.writeHead(status, { 'content-length': bytes.length, ...headers })
  if (method === 'HEAD') return void response.end()
  if (fail !== 'cut') return void response.end(bytes)
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy())
}

function optionsOf({ certificate, key }: TestCertificate): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certificate), key: readFileSync(key) }
}

function json(value: unknown): FakeAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

function fault(status: number, code: string): FakeAnswer {
  return { ...json({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' '), detail: null }] }), status }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
