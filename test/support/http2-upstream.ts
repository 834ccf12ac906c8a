/** {@link RecordingUpstream} for clusters that speak HTTP/2 in clear text. */
import { once } from 'node:events'
import {
  constants,
  createServer,
  type Http2Server,
  type Http2Stream,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { frameMessage } from './grpc-frames.ts'
import type { Field, WireMessage } from './http-text.ts'
import { CHUNK_GAP, type Answerer } from './upstream.ts'
import type { ScriptedMessage } from '../../host/testing/cases/script.ts'

/** Node's types do not know this option. */
const NO_DATE: object = { sendDate: false }

export class Http2Upstream {
  readonly #server: Http2Server
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #answerer: Answerer

  private constructor(answerer: Answerer) {
    this.#answerer = answerer
    this.#server = createServer()
    this.#server.on('session', (session) => {
      this.#sessions.add(session)
      session.on('close', () => this.#sessions.delete(session))
      session.on('error', () => {})
    })
    // The types know no raw headers here.
    const accept = (stream: ServerHttp2Stream, _headers: object, _flags: number, raw: readonly string[]): void =>
      this.#accept(stream, raw)
    this.#server.on('stream', accept as (stream: Http2Stream) => void)
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(answerer: Answerer): Promise<Http2Upstream> {
    const upstream = new Http2Upstream(answerer)
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    this.#server.close()
    if (this.#server.listening) await once(this.#server, 'close')
  }

  #accept(stream: ServerHttp2Stream, rawHeaders: readonly string[]): void {
    const request = messageOf(rawHeaders)
    const answer = this.#answerer(request)
    const isHead = request.startLine.startsWith('HEAD ')
    stream.on('data', (bytes: Buffer) => void (request.body += bytes.latin1Slice()))
    stream.on('trailers', (_trailers: IncomingHttpHeaders, _flags: number, raw: readonly string[]) => {
      request.trailers = pairsOf(raw)
    })
    stream.on('error', () => {})
    stream.on('end', () => {
      request.complete = true
      if (!answer.early) void play(stream, answer, isHead)
    })
    if (answer.early) void play(stream, answer, isHead)
  }
}

function messageOf(raw: readonly string[]): WireMessage {
  const pairs = pairsOf(raw)
  const pseudo = (name: string): string => pairs.find(([one]) => one === name)?.[1] ?? ''
  const headers = pairs
    .filter(([name]) => !name.startsWith(':') || name === ':authority')
    .map(([name, value]): Field => [name === ':authority' ? 'host' : name, value])
  return { startLine: `${pseudo(':method')} ${pseudo(':path')} HTTP/2`, headers, body: '', trailers: [], complete: false }
}

function pairsOf(raw: readonly string[]): Field[] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at]!, raw[2 * at + 1]!])
}

async function play(stream: ServerHttp2Stream, answer: ScriptedMessage, isHead: boolean): Promise<void> {
  if (answer.delayMillis > 0) await sleep(answer.delayMillis)
  if (answer.fail === 'hang' || stream.destroyed) return
  if (answer.fail === 'close') return void stream.session?.destroy()
  if (answer.fail === 'reset') return void stream.close(constants.NGHTTP2_CANCEL)
  const parts = bodyOf(answer, isHead)
  const trailers = trailersOf(answer)
  const hasTrailers = trailers.length > 0 && !isHead
  const isAll = parts.length === 0 && !hasTrailers && answer.fail === null
  stream.respond({ ...headersOf(answer, parts) }, { endStream: isAll, waitForTrailers: hasTrailers, ...NO_DATE })
  if (hasTrailers) stream.on('wantTrailers', () => stream.sendTrailers(record(trailers)))
  if (isAll) return
  const sent = answer.fail === 'close_in_body' ? parts.slice(0, Math.ceil(parts.length / 2)) : parts
  for (const part of sent) {
    await sleep(CHUNK_GAP)
    if (!stream.destroyed) stream.write(Buffer.from(part, 'latin1'))
  }
  await sleep(CHUNK_GAP)
  // `close` would end the message first.
  if (answer.fail === 'close_in_body') stream.destroy(new Error('cut by the script'))
  else stream.end()
}

/** Messages of gRPC are framed, with the content type and the trailers that go with them unless others are scripted. */
function bodyOf(answer: ScriptedMessage, isHead: boolean): readonly string[] {
  if (isHead) return []
  if (answer.messages !== null) return answer.messages.map(frameMessage)
  return answer.chunks ?? (answer.body === '' ? [] : [answer.body])
}

function headersOf(answer: ScriptedMessage, parts: readonly string[]): Record<string, string | string[] | number> {
  const named = record(answer.headers)
  const type = answer.messages !== null && named['content-type'] === undefined ? { 'content-type': 'application/grpc' } : {}
  const isPlain = answer.messages === null && answer.chunks === null && answer.trailers.length === 0
  const length = isPlain && parts.length === 1 ? { 'content-length': parts[0]!.length } : {}
  return { ':status': answer.status, ...type, ...named, ...length }
}

function trailersOf(answer: ScriptedMessage): readonly Field[] {
  return answer.messages !== null && answer.trailers.length === 0 ? [['grpc-status', '0']] : answer.trailers
}

function record(fields: readonly Field[]): Record<string, string | string[]> {
  const all: Record<string, string[]> = {}
  for (const [name, value] of fields) (all[name] ??= []).push(value)
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.length === 1 ? values[0]! : values]))
}
