/** The kit's upstream: answers by script and remembers what it got. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fieldsOf } from './client.ts'
import type { Answerer, Gate, SeenRequest } from './judge.ts'
import { RpcUpstream } from './rpc-upstream.ts'
import type { KitAnswer } from './scenario.ts'
import { TcpUpstream } from './tcp-peer.ts'

export class KitUpstream {
  answerer: Answerer = () => ({})
  gate: Gate = () => Promise.resolve()
  seen: SeenRequest[] = []
  readonly #server: Server
  #rpc: RpcUpstream | null = null
  #peer: TcpUpstream | null = null

  private constructor() {
    this.#server = createServer({ requireHostHeader: false }, (request, response) => void this.#take(request, response))
  }

  /** Listens on these ports of 127.0.0.1, with HTTP/2 on the second, for connections on the third; 0 = any. */
  static async start(port: number, rpcPort: number, peerPort: number): Promise<KitUpstream> {
    const upstream = new KitUpstream()
    upstream.#server.listen(port, '127.0.0.1')
    await once(upstream.#server, 'listening')
    const answer = (path: string): KitAnswer => upstream.answerer(path)
    try {
      upstream.#rpc = await RpcUpstream.start(rpcPort, answer, (request) => upstream.seen.push(request))
      upstream.#peer = await TcpUpstream.start(peerPort)
    } catch (error) {
      await upstream.#rpc?.close()
      upstream.#server.close()
      throw error
    }
    return upstream
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get rpcPort(): number {
    return this.#rpc!.port
  }

  /** The end of connections. */
  get peer(): TcpUpstream {
    return this.#peer!
  }

  async close(): Promise<void> {
    await this.#peer?.close()
    await this.#rpc?.close()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const { answerer, gate, seen } = this
    const parts: Buffer[] = []
    response.on('error', () => {})
    if (!(await readAll(request, parts))) return
    seen.push({
      cluster: 'up',
      method: request.method ?? '',
      path,
      headers: fieldsOf(request.rawHeaders),
      body: Buffer.concat(parts).latin1Slice(),
      trailers: fieldsOf(request.rawTrailers),
    })
    await play(response, answerer(path), gate)
  }
}

/** False for a request that ended too early. */
async function readAll(request: IncomingMessage, parts: Buffer[]): Promise<boolean> {
  try {
    for await (const part of request) parts.push(part as Buffer)
    return true
  } catch {
    return false
  }
}

async function play(response: ServerResponse, answer: KitAnswer, gate: Gate): Promise<void> {
  const { status = 200, headers = [], body = '', chunks, trailers, delayMillis = 0, fail } = answer
  if (delayMillis > 0) await sleep(delayMillis)
  if (fail === 'hang') return
  if (fail === 'close') return void response.destroy()
  const isChunked = chunks !== undefined || trailers !== undefined
  const length = isChunked ? ['transfer-encoding', 'chunked'] : ['content-length', String(body.length)]
  response.sendDate = false
  // Only what the script says: Node would add its keep-alive.
  response.removeHeader('connection')
  response.writeHead(status, [...headers.flat(), ...length])
  if (fail === 'cut') return cut(response, body)
  if (!isChunked) return void response.end(body, 'latin1')
  for (const [at, chunk] of (chunks ?? [body]).entries()) {
    if (at > 0) await gate(at)
    if (chunk !== '') response.write(chunk, 'latin1')
  }
  if (trailers !== undefined) response.addTrailers(trailers as [string, string][])
  response.end()
}

/** So that the first half leaves. */
const CUT_MILLIS = 20

async function cut(response: ServerResponse, body: string): Promise<void> {
  response.write(body.slice(0, body.length >> 1), 'latin1')
  await sleep(CUT_MILLIS)
  response.destroy()
}
