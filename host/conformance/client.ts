/** The kit's client: one request on a connection of its own. */
import { Agent, request as open, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Gate, SeenAnswer } from './judge.ts'
import type { Field, KitRequest } from './scenario.ts'

/** A host that takes longer for an answer hangs. */
const ANSWER_LIMIT = 3000
const NO_ANSWER: SeenAnswer = { status: 0, headers: [], body: '', trailers: [], reset: true }

/** Sends the request to `url` (without path). */
export async function sendRequest(url: URL, path: string, request: KitRequest, gate: Gate): Promise<SeenAnswer> {
  const isChunked = request.chunks !== undefined || request.trailers !== undefined
  const headers: string[] = ['host', 'kit.test']
  for (const [name, value] of request.headers ?? []) headers.push(name, value)
  if (isChunked) headers.push('transfer-encoding', 'chunked')
  else if (request.body !== undefined) headers.push('content-length', String(request.body.length))
  const { hostname: host, port } = url
  // Asks for no end of the connection, so that no proxy has to say that it ends.
  const agent = new Agent({ keepAlive: true })
  const outgoing = open({ host, port, path, method: request.method ?? 'GET', headers, agent })
  const answer = readAnswer(outgoing)
  await writeBody(outgoing, request, gate)
  return answer.finally(() => agent.destroy())
}

async function writeBody(outgoing: ClientRequest, { body, chunks, trailers }: KitRequest, gate: Gate): Promise<void> {
  if (chunks === undefined && trailers === undefined) return void outgoing.end(body ?? '', 'latin1')
  for (const [at, chunk] of (chunks ?? [body ?? '']).entries()) {
    if (at > 0) await gate(at)
    if (chunk !== '') outgoing.write(chunk, 'latin1')
  }
  if (trailers !== undefined) outgoing.addTrailers(trailers as [string, string][])
  outgoing.end()
}

function readAnswer(outgoing: ClientRequest): Promise<SeenAnswer> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => outgoing.destroy(), ANSWER_LIMIT)
    const end = (answer: SeenAnswer): void => {
      clearTimeout(timer)
      resolve(answer)
      outgoing.destroy()
    }
    outgoing.on('error', () => end(NO_ANSWER))
    outgoing.on('response', (message) => {
      outgoing.removeAllListeners('error').on('error', () => message.destroy())
      readBody(message, end)
    })
  })
}

/** Also what was there of an answer that was cut. */
function readBody(message: IncomingMessage, end: (answer: SeenAnswer) => void): void {
  const parts: Buffer[] = []
  message.on('data', (part: Buffer) => parts.push(part))
  message.on('error', () => {})
  message.once('close', () =>
    end({
      status: message.statusCode ?? 0,
      headers: fieldsOf(message.rawHeaders),
      body: Buffer.concat(parts).latin1Slice(),
      trailers: fieldsOf(message.rawTrailers),
      reset: !message.complete,
    }),
  )
}

/** Names in lower case. */
export function fieldsOf(raw: readonly string[]): Field[] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? ''] as const] : []))
}
