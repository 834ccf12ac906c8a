/** One request over a connection of its own, byte by byte under the test's control. */
import type { ClientRequest } from '../../host/testing/cases/script.ts'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageParser, chunkText, headText, lastChunkText, type WireMessage } from './http-text.ts'
import { CHUNK_GAP } from './upstream.ts'

export interface ClientResponse {
  /** Null = no head came. */
  readonly message: WireMessage | null
  /** True when the connection ended before the answer was complete; false when we closed it. */
  readonly reset: boolean
  /** From the request's last byte to the answer's last byte. */
  readonly tookMillis: number
  /** Our port, the key to the proxy's log line. */
  readonly localPort: number
}

/** A test that waits longer than this for an answer hangs. */
const ANSWER_LIMIT = 15_000

/** Sends the request and waits for the end of the exchange; `tls` null = in clear text. */
export async function exchange(
  port: number,
  request: ClientRequest,
  tls: ConnectionOptions | null = null,
): Promise<ClientResponse> {
  const place = { port, host: '127.0.0.1', localAddress: request.from }
  const socket = tls === null ? connect({ ...place, noDelay: true }) : connectTls({ ...place, ...tls })
  const answer = readAnswer(socket, request.method === 'HEAD')
  await Promise.race([once(socket, tls === null ? 'connect' : 'secureConnect'), answer])
  const localPort = socket.localPort ?? 0
  await send(socket, request)
  const sentAt = performance.now()
  const aborted = request.abortMillis !== null && (await isFirst(sleep(request.abortMillis), answer))
  const { message } = aborted ? { message: null } : await answer
  const tookMillis = performance.now() - sentAt
  socket.destroy()
  return { message, reset: !aborted && message?.complete !== true, tookMillis, localPort }
}

async function send(socket: Socket, request: ClientRequest): Promise<void> {
  const isChunked = request.chunks !== null || request.trailers.length > 0
  const names = new Set(request.headers.map(([name]) => name.toLowerCase()))
  const headers = [...request.headers]
  if (!names.has('host')) headers.unshift(['host', 'case.test'])
  if (isChunked) headers.push(['transfer-encoding', 'chunked'])
  else if (request.body !== '' && !names.has('content-length')) headers.push(['content-length', String(request.body.length)])
  socket.write(headText(`${request.method} ${request.path} HTTP/1.1`, headers), 'latin1')
  if (!isChunked) return void (request.body !== '' && socket.write(request.body, 'latin1'))
  for (const chunk of request.chunks ?? [request.body]) {
    await sleep(CHUNK_GAP)
    if (socket.writable) socket.write(chunkText(chunk), 'latin1')
  }
  await sleep(CHUNK_GAP)
  if (socket.writable) socket.write(lastChunkText(request.trailers), 'latin1')
}

function readAnswer(socket: Socket, isHead: boolean): Promise<{ message: WireMessage | null }> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), ANSWER_LIMIT)
    const parser = new MessageParser({
      bodiless: (startLine) => isHead || /^HTTP\/1\.1 (204|304)/.test(startLine),
      untilClose: true,
      onHead: () => {},
      onComplete: (message) => resolve({ message }),
    })
    socket.on('data', (bytes: Buffer) => parser.push(bytes.latin1Slice()))
    socket.on('end', () => parser.end())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ message: parser.unfinished })
    })
  })
}

async function isFirst(first: Promise<unknown>, second: Promise<unknown>): Promise<boolean> {
  return Promise.race([first.then(() => true), second.then(() => false)])
}
