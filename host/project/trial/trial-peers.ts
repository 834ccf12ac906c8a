/** Both ends of a trial over sockets: upstreams that record what comes, and a client. */
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { fromByteString } from '../../util/bytes.ts'
import { seenBytes, seenRequest, type SeenMessage, type TrialAnswer, type TrialHeaders, type TrialRequest } from './trial.ts'

export const ADDRESS = '127.0.0.1'
/** As long as an answer may take. */
const LIMIT_MILLIS = 15_000
/** What was never answered. */
const NO_ANSWER: TrialAnswer = { status: 0, headers: [], body: '' }

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
      seen.push(seenRequest(await receivedRequest(request)))
      response.sendDate = false
      response.writeHead(answer.status, [...answer.headers, ...lengthOf(answer)].flat())
      response.end(fromByteString(answer.body))
    })
    return TrialUpstream.#listen(server, seen)
  }

  static async tcp(answer: TrialAnswer): Promise<TrialUpstream> {
    const seen: SeenMessage[] = []
    const server = createTcpServer({ allowHalfOpen: true }, async (socket) => {
      socket.on('error', () => {}).write(fromByteString(answer.body))
      seen.push(seenBytes(await text(socket.setEncoding('latin1')).catch(() => '')))
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

/** A whole request, without the headers that belong to its connection. */
export async function receivedRequest(request: IncomingMessage): Promise<TrialRequest> {
  const body = await text(request.setEncoding('latin1'))
  return { method: request.method ?? '', path: request.url ?? '', headers: pairsOf(request), body }
}

/** Sends a request on a connection of its own; resolves with status 0 when that is closed without an answer. */
export function askOnce(port: number, request: TrialRequest): Promise<TrialAnswer> {
  const { method, path } = request
  const headers = [...request.headers, ...lengthOf(request)].flat()
  return new Promise((resolve) => {
    const sent = httpRequest({ host: ADDRESS, port, method, path, headers, agent: false })
    sent.setTimeout(LIMIT_MILLIS, () => sent.destroy())
    sent.on('error', () => resolve(NO_ANSWER))
    sent.on('response', async (response) => {
      const body = await text(response.setEncoding('latin1')).catch(() => '')
      resolve({ status: response.statusCode ?? 0, headers: pairsOf(response), body })
    })
    sent.end(fromByteString(request.body))
  })
}

/** Says something on a connection and ends; resolves with what came when the other end has ended as well. */
export async function talkOnce(port: number, body: string): Promise<string> {
  const socket = connect({ host: ADDRESS, port, allowHalfOpen: true })
  socket.setTimeout(LIMIT_MILLIS, () => socket.destroy())
  socket.on('error', () => {}).end(fromByteString(body))
  return text(socket.setEncoding('latin1')).catch(() => '')
}

export function lengthOf({ body }: { readonly body: string }): [string, string][] {
  return body === '' ? [] : [['content-length', String(body.length)]]
}

/** What belongs to one connection is no part of the message. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding'])

function pairsOf({ rawHeaders }: IncomingMessage): TrialHeaders {
  const pairs: [string, string][] = []
  for (let i = 0; i < rawHeaders.length; i += 2) pairs.push([rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!])
  return pairs.filter(([name]) => !HOP_BY_HOP.has(name))
}
