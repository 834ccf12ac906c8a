/** An upstream that takes CONNECT with a protocol (RFC 8441): the last part of a path says what it does. */
import { once } from 'node:events'
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'

export class InnerUpstream {
  readonly #server: Http2Server = createServer({ settings: { enableConnectProtocol: true } })
  readonly #sessions = new Set<ServerHttp2Session>()

  private constructor() {
    this.#server.on('session', (session) => void this.#sessions.add(session))
    this.#server.on('stream', (stream, headers) =>
      serve(stream as ServerHttp2Stream, headers[':path'] ?? '', headers[':protocol']),
    )
  }

  static async start(): Promise<InnerUpstream> {
    const upstream = new InnerUpstream()
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    for (const session of this.#sessions) session.destroy()
    this.#server.close()
  }
}

function serve(stream: ServerHttp2Stream, path: string, protocol: unknown): void {
  stream.on('error', () => stream.close())
  const head = { 'x-protocol': String(protocol) }
  if (path.endsWith('/403')) {
    stream.respond({ ':status': 403, ...head })
    return void stream.end('no')
  }
  stream.respond({ ':status': 200, ...head })
  if (path.endsWith('/echo')) stream.pipe(stream)
  else stream.end('hello')
}
