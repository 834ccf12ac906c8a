/** Both ends of a trial over sockets: upstreams that record what comes, and a client. */
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  answerHead,
  requestHead,
  sentHeaders,
  type SeenMessage,
  type TrialAnswer,
  type TrialHeaders,
  type TrialRequest,
} from './trial.ts'

const ADDRESS = '127.0.0.1'
/** As long as an answer may take. */
const LIMIT_MILLIS = 15_000

/** An upstream on a port of its own, which answers everything alike. */
export class TrialUpstream {
  /** Everything that came since it was last taken. */
  #seen: SeenMessage[] = []
  readonly #server: Server

  private constructor(server: Server, seen: SeenMessage[]) {
    this.#server = server
    this.#seen = seen
  }

  static async http(answer: TrialAnswer): Promise<TrialUpstream> {
    const seen: SeenMessage[] = []
    const server = createServer(async (request, response) => {
      const body = await text(request.setEncoding('latin1'))
      seen.push({ head: requestHead(request.method ?? '', request.url ?? '', pairsOf(request)), body })
      response.sendDate = false
      response.writeHead(answer.status, [...answer.headers, ...lengthOf(answer)].flat())
      response.end(answer.body)
    })
    return TrialUpstream.#listen(server, seen)
  }

  static async tcp(answer: TrialAnswer): Promise<TrialUpstream> {
    const seen: SeenMessage[] = []
    const server = createTcpServer({ allowHalfOpen: true }, async (socket) => {
      socket.on('error', () => {}).write(answer.body)
      const body = await text(socket.setEncoding('latin1')).catch(() => '')
      seen.push({ head: [], body })
      socket.end()
    })
    return TrialUpstream.#listen(server, seen)
  }

  static async #listen(server: Server, seen: SeenMessage[]): Promise<TrialUpstream> {
    await once(server.listen(0, ADDRESS), 'listening')
    return new TrialUpstream(server, seen)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** What came since the last time. */
  take(): SeenMessage[] {
    return this.#seen.splice(0)
  }

  stop(): void {
    this.#server.close()
    if ('closeAllConnections' in this.#server) (this.#server as ReturnType<typeof createServer>).closeAllConnections()
  }
}

/** Sends a request on a connection of its own. */
export function askOnce(port: number, request: TrialRequest): Promise<SeenMessage> {
  const headers = [...sentHeaders(request), ...lengthOf(request)].flat()
  return new Promise((resolve) => {
    const sent = httpRequest({ host: ADDRESS, port, method: request.method, path: request.path, headers, agent: false })
    sent.setTimeout(LIMIT_MILLIS, () => sent.destroy())
    sent.on('error', () => resolve({ head: answerHead(0, []), body: '' }))
    sent.on('response', async (response) => {
      const body = await text(response.setEncoding('latin1')).catch(() => '')
      resolve({ head: answerHead(response.statusCode ?? 0, pairsOf(response)), body })
    })
    sent.end(request.body)
  })
}

/** Says a text on a connection and ends; resolves when the other end has ended as well. */
export async function talkOnce(port: number, body: string): Promise<SeenMessage> {
  const socket = connect({ host: ADDRESS, port, allowHalfOpen: true })
  socket.setTimeout(LIMIT_MILLIS, () => socket.destroy())
  socket.on('error', () => {}).end(body)
  return { head: [], body: await text(socket.setEncoding('latin1')).catch(() => '') }
}

function lengthOf({ body }: { readonly body: string }): [string, string][] {
  return body === '' ? [] : [['content-length', String(Buffer.byteLength(body))]]
}

/** What belongs to one connection is no part of the message. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding'])

function pairsOf({ rawHeaders }: IncomingMessage): TrialHeaders {
  const pairs: [string, string][] = []
  for (let i = 0; i < rawHeaders.length; i += 2) pairs.push([rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!])
  return pairs.filter(([name]) => !HOP_BY_HOP.has(name))
}
