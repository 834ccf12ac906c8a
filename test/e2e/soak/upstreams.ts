/** Upstreams of the soak, of Node's own HTTP: what a request gets is its path's. `/cut` and `/reset` get no whole answer. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { constants, createServer as createHttp2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'

/** Answer of `/large`, more than sockets and proxy keep of what nobody reads. */
const LARGE = Buffer.alloc(256 * 1024, 'x')

export class SoakUpstream {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(protocol: 'HTTP/1.1' | 'HTTP/2'): Promise<SoakUpstream> {
    // As many resets as come: by default the server refuses streams after a thousand.
    const http2 = createHttp2Server({ streamResetBurst: Number.MAX_SAFE_INTEGER, streamResetRate: Number.MAX_SAFE_INTEGER })
    const server = protocol === 'HTTP/2' ? http2 : createServer({ keepAliveTimeout: 0 }, answer)
    http2.on('stream', answerStream).on('sessionError', () => {})
    const upstream = new SoakUpstream(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Open ones. */
  get connections(): number {
    return this.#sockets.size
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = '' } = request
  request.on('error', () => {})
  if (url === '/reset') return void request.socket.resetAndDestroy()
  if (url === '/cut') {
    response.writeHead(200, { 'content-length': 1000 })
    return void response.write('x'.repeat(500), () => request.socket.destroy())
  }
  if (url === '/large') return void response.end(LARGE)
  if (request.method === 'GET') return void response.end('ok')
  // With a length as the request has one, else in chunks.
  const length = request.headers['content-length']
  response.writeHead(200, length === undefined ? {} : { 'content-length': length })
  request.pipe(response)
}

function answerStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  stream.on('error', () => {})
  const { ':path': path = '', ':method': method } = headers
  if (path === '/h2/reset') return stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  stream.respond({ ':status': 200 })
  if (path === '/h2/cut') return void stream.write('x'.repeat(500), () => stream.destroy(new Error('cut')))
  if (path === '/h2/large') return void stream.end(LARGE)
  if (method === 'GET') return void stream.end('ok')
  stream.pipe(stream)
}
