/** {@link exchange} over HTTP/2 in clear text: one request on a connection of its own. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BlockFields } from '../../host/http2/block-fields.ts'
import { HpackDecoder } from '../../host/http2/hpack-decoder.ts'
import type { ClientRequest } from '../../host/testing/cases/script.ts'
import type { ClientResponse } from './client.ts'
import { END_HEADERS, END_STREAM, FrameClient, block, frame, number32, type SeenFrame } from './http2-frames.ts'
import type { Field, WireMessage } from './http-text.ts'
import { CHUNK_GAP } from './upstream.ts'

const ANSWER_LIMIT = 15_000
const MAX_FRAME = 16_384
const NO_LIMITS = { maxHeadBytes: Infinity, maxHeaders: Infinity }
/** Fields of an HTTP/1 hop. */
const LEFT_OUT: ReadonlySet<string> = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'upgrade'])
const WIDE = Buffer.concat([
  frame('SETTINGS', 0, 0, Buffer.concat([Buffer.from([0, 4]), number32(0x7fffffff)])),
  frame('WINDOW_UPDATE', 0, 0, number32(0x7fff0000)),
])

/** Sends the request and waits for the end of the exchange. */
export async function exchangeHttp2(port: number, request: ClientRequest): Promise<ClientResponse> {
  const client = await FrameClient.open(port, { localAddress: request.from })
  const localPort = client.socket.localPort!
  client.send(WIDE)
  await send(client, request)
  const sentAt = performance.now()
  const ended = client.until(isEnd, ANSWER_LIMIT)
  const aborted =
    request.abortMillis !== null && (await Promise.race([sleep(request.abortMillis, true), ended.then(() => false)]))
  const message = aborted ? null : (await ended, messageOf(client.frames))
  const tookMillis = performance.now() - sentAt
  client.close()
  return { message, reset: !aborted && message?.complete !== true, tookMillis, localPort }
}

function isEnd({ id, type, flags }: SeenFrame): boolean {
  return id === 1 && (type === 'RST_STREAM' || ((type === 'DATA' || type === 'HEADERS') && (flags & END_STREAM) !== 0))
}

async function send(client: FrameClient, request: ClientRequest): Promise<void> {
  const hasChunks = request.chunks !== null || request.trailers.length > 0
  const hasBody = hasChunks || request.body !== ''
  client.send(frame('HEADERS', END_HEADERS | (hasBody ? 0 : END_STREAM), 1, headOf(request, hasChunks)))
  if (!hasBody) return
  if (!hasChunks) return void client.send(...framesOf(request.body, true))
  for (const chunk of request.chunks ?? [request.body]) {
    await sleep(CHUNK_GAP)
    client.send(...framesOf(chunk, false))
  }
  await sleep(CHUNK_GAP)
  if (request.trailers.length === 0) client.send(frame('DATA', END_STREAM, 1))
  else client.send(frame('HEADERS', END_HEADERS | END_STREAM, 1, block(...request.trailers.map(lower))))
}

function headOf(request: ClientRequest, hasChunks: boolean): Buffer {
  const given = request.headers.map(lower)
  const host = given.find(([name]) => name === 'host')?.[1] ?? 'case.test'
  const fields = given.filter(([name]) => !LEFT_OUT.has(name))
  const isCounted = !hasChunks && request.body !== '' && !fields.some(([name]) => name === 'content-length')
  if (isCounted) fields.push(['content-length', String(request.body.length)])
  return block([':authority', host], [':path', request.path], [':method', request.method], [':scheme', 'http'], ...fields)
}

function lower([name, value]: Field): Field {
  return [name.toLowerCase(), value]
}

function framesOf(text: string, isLast: boolean): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; at += MAX_FRAME) {
    const ends = isLast && at + MAX_FRAME >= bytes.length
    frames.push(frame('DATA', ends ? END_STREAM : 0, 1, bytes.subarray(at, at + MAX_FRAME)))
  }
  return frames
}

/** The answer; null = no head came. */
function messageOf(frames: readonly SeenFrame[]): WireMessage | null {
  const decoder = new HpackDecoder()
  let message: WireMessage | null = null
  for (const seen of frames.filter(({ id }) => id === 1)) {
    if (seen.type === 'HEADERS') message = withHead(message, decoded(decoder, seen.payload))
    if (seen.type === 'DATA' && message !== null) message.body += seen.payload.latin1Slice()
    if (isEnd(seen) && seen.type !== 'RST_STREAM' && message !== null) message.complete = true
  }
  return message
}

/** The first head, the next behind an interim one, or trailers. */
function withHead(message: WireMessage | null, fields: Field[]): WireMessage {
  const [first, ...rest] = fields
  if (first?.[0] === ':status') return { startLine: `HTTP/2 ${first[1]}`, headers: rest, body: '', trailers: [], complete: false }
  message!.trailers = fields
  return message!
}

function decoded(decoder: HpackDecoder, bytes: Buffer): Field[] {
  const list = new BlockFields()
  decoder.decode(bytes, 0, bytes.length, list, NO_LIMITS)
  return list.names.slice(0, list.count).map((name, i): Field => [name, list.values[i]!])
}
