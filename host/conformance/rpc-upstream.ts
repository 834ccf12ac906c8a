/** The kit's upstream for gRPC: HTTP/2 in clear text, answers by script. */
import { once } from 'node:events'
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SeenRequest } from './judge.ts'
import type { Field, KitAnswer } from './scenario.ts'

export class RpcUpstream {
  readonly #server: Http2Server = createServer()
  readonly #sessions = new Set<ServerHttp2Session>()

  private constructor(answer: (path: string) => KitAnswer, onSeen: (request: SeenRequest) => void) {
    this.#server.on('session', (session) => this.#sessions.add(session.on('error', () => {})))
    this.#server.on('stream', (stream, headers) => void take(stream as ServerHttp2Stream, headers, answer, onSeen))
  }

  /** Listens on this port of 127.0.0.1; 0 = any. */
  static async start(
    port: number,
    answer: (path: string) => KitAnswer,
    onSeen: (request: SeenRequest) => void,
  ): Promise<RpcUpstream> {
    const upstream = new RpcUpstream(answer, onSeen)
    upstream.#server.listen(port, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Reads a request to its end, then answers. */
async function take(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  answer: (path: string) => KitAnswer,
  onSeen: (request: SeenRequest) => void,
): Promise<void> {
  const path = headers[':path'] ?? ''
  const script = answer(path)
  const parts: Buffer[] = []
  stream.on('error', () => {})
  try {
    for await (const part of stream) parts.push(part as Buffer)
  } catch {
    return
  }
  onSeen({
    cluster: 'rpc',
    method: headers[':method'] ?? '',
    path,
    headers: Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .map(([name, value]): Field => [name, String(value)]),
    body: Buffer.concat(parts).latin1Slice(),
    trailers: [],
  })
  if (!stream.destroyed) await play(stream, script)
}

async function play(stream: ServerHttp2Stream, answer: KitAnswer): Promise<void> {
  const { status = 200, headers = [], body = '', chunks = [body], trailers, delayMillis = 0, fail } = answer
  if (delayMillis > 0) await sleep(delayMillis)
  if (fail === 'hang' || stream.destroyed) return
  if (fail === 'close') return stream.close(INTERNAL_ERROR)
  stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(trailers ?? [])))
  const options = { waitForTrailers: trailers !== undefined, sendDate: false } as object
  stream.respond({ ':status': status, ...Object.fromEntries(headers) }, options)
  for (const chunk of chunks) if (chunk !== '') stream.write(Buffer.from(chunk, 'latin1'))
  stream.end()
}

/** RFC 9113, 7. */
const INTERNAL_ERROR = 2
