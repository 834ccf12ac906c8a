/** The service that CUSTOM policies ask, over HTTP and over gRPC: it refuses requests that say so in a header. */
import { once } from 'node:events'
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { staticCluster } from '../../e2e/host/setup.ts'
import { AUTHORITY } from './translation.ts'

/** Header of requests that are to be refused. */
export const REFUSE = 'x-prefix-refuse'

const CHECK = '/envoy.service.auth.v3.Authorization/Check'
/** `CheckResponse`: `{status {}}`, and `{status {code: 7}, denied_response {status {code: 403}}}`. */
const LET_IN = '0a00'
const REFUSED = '0a02080712050a03089303'
const H2 = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
}

export class Providers {
  readonly #server: Http2Server = createServer()
  readonly #sessions = new Set<{ destroy(): void }>()

  /** The clusters that filters ask. */
  async start(): Promise<object[]> {
    this.#server.on('session', (session) => this.#sessions.add(session))
    this.#server.on('stream', (stream: ServerHttp2Stream, headers) => {
      if (headers[':path'] === CHECK) answerCall(stream)
      else answerRequest(stream, headers[REFUSE] !== undefined)
    })
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return [staticCluster(AUTHORITY, [(this.#server.address() as AddressInfo).port], H2)]
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function answerRequest(stream: ServerHttp2Stream, isRefused: boolean): void {
  stream.respond({ ':status': isRefused ? 403 : 200 })
  stream.end(isRefused ? 'refused' : '')
}

function answerCall(stream: ServerHttp2Stream): void {
  let asked = ''
  stream.on('data', (bytes: Buffer) => (asked += bytes.latin1Slice()))
  stream.on('end', () => {
    const message = Buffer.from(asked.includes(REFUSE) ? REFUSED : LET_IN, 'hex')
    const prefix = Buffer.from([0, 0, 0, 0, message.length])
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.concat([prefix, message]))
  })
}
