/** What a parser made of some bytes, in a form that two parsers can be compared by. */
import { BodyDecoder } from '../../../host/http1/body-decoder.ts'
import { HeadParser, NO_VERSION, ParseResult } from '../../../host/http1/head-parser.ts'
import { RequestHead } from '../../../host/http1/request-head.ts'
import { ResponseHead } from '../../../host/http1/response-head.ts'
import { HTTP1_DEFAULTS } from '../../host/http1/corpus.ts'

export interface ParsedMessage {
  /** `METHOD target major.minor`, or `status major.minor`. */
  readonly start: string
  /** `name: value` with the name in lower case, as on the wire. */
  readonly fields: readonly string[]
  body: string
  isComplete: boolean
}

export interface Outcome {
  readonly messages: readonly ParsedMessage[]
  /** Why the bytes were refused; '' = they were not. */
  readonly fault: string
  /** A head has begun and is not complete: its faults are told at its end. */
  readonly isUndecided?: boolean
}

const CONFIG = { ...HTTP1_DEFAULTS, acceptHttp10: true, enableTrailers: true }
const PLAIN = { isHead: false, isConnect: false, isUpgrade: false }

/** What our parsers make of `bytes` in reads of `step` bytes; `ends` closes the connection behind them. */
export function ourOutcome(kind: 'request' | 'response', bytes: Buffer, ends: boolean, step = bytes.length): Outcome {
  const messages: ParsedMessage[] = []
  const parser = new HeadParser(kind, CONFIG)
  let at = 0
  while (at < bytes.length) {
    const result = parser.execute(bytes, at, Math.min(bytes.length, at + step))
    if (result === ParseResult.Refused) return { messages, fault: parser.refusal.details }
    if (result === ParseResult.More) {
      at = Math.min(bytes.length, at + step)
      continue
    }
    const message = { start: startOf(parser, kind), fields: fieldsOf(parser), body: '', isComplete: false }
    const body = kind === 'request' ? requestBody(parser) : responseBody(parser)
    if (typeof body === 'string') return { messages, fault: body }
    messages.push(message)
    const next = readBody(message, body, bytes, parser.next, ends, step)
    if (typeof next === 'string') return { messages, fault: next }
    if (body.isLast) return { messages, fault: '' }
    at = next
  }
  return { messages, fault: ends && parser.isInside ? 'cut' : '', isUndecided: parser.isInside }
}

interface Body {
  readonly decoder: BodyDecoder | null
  readonly isUntilEnd: boolean
  /** Nothing behind this message is one: the connection ends or is a tunnel. */
  readonly isLast: boolean
}

function requestBody(parser: HeadParser): Body | string {
  const head = new RequestHead()
  // The other parser reads fields behind such a line, so that nothing of it compares.
  if (parser.version === NO_VERSION) return 'low_version'
  const refusal = head.read(parser, CONFIG, 'http')
  if (refusal !== null) return refusal.details
  const isLast = head.close || head.isUpgrade || head.isConnect
  return {
    decoder: decoderOf(head.isChunked && !head.isConnect, head.isConnect ? 0 : head.contentLength),
    isUntilEnd: false,
    isLast,
  }
}

function responseBody(parser: HeadParser): Body | string {
  const head = new ResponseHead()
  const refusal = head.read(parser, PLAIN, CONFIG)
  if (refusal !== null) return refusal.details
  if (head.framing === 'close') {
    const decoder = new BodyDecoder(CONFIG, true, 0)
    decoder.beginRaw()
    return { decoder, isUntilEnd: true, isLast: true }
  }
  return {
    decoder: decoderOf(head.framing === 'chunked', head.framing === 'length' ? head.contentLength : 0),
    isUntilEnd: false,
    isLast: !head.keepAlive && !head.isInformational,
  }
}

function decoderOf(isChunked: boolean, length: number): BodyDecoder | null {
  if (!isChunked && length <= 0) return null
  const decoder = new BodyDecoder(CONFIG, true, 0)
  if (isChunked) decoder.beginChunked()
  else decoder.beginLength(length)
  return decoder
}

/** Returns the offset behind the body, or the fault. */
function readBody(
  message: ParsedMessage,
  body: Body,
  bytes: Buffer,
  start: number,
  ends: boolean,
  step: number,
): number | string {
  const { decoder } = body
  let at = start
  message.isComplete = decoder === null
  while (decoder !== null && at < bytes.length && !decoder.isDone) {
    const piece = Buffer.from(bytes.subarray(at, at + step))
    decoder.decode(piece, 0, piece.length)
    if (decoder.refusal !== null) return decoder.refusal.details
    message.body += piece.latin1Slice(decoder.dataStart, decoder.dataEnd)
    message.isComplete = decoder.isDone
    at += decoder.next
  }
  if (body.isUntilEnd && ends) message.isComplete = true
  return ends && !message.isComplete ? 'cut' : at
}

function startOf(parser: HeadParser, kind: 'request' | 'response'): string {
  const version = `${Math.floor(parser.version / 10)}.${parser.version % 10}`
  if (kind === 'response') return `${parser.status} ${version}`
  return `${parser.text.slice(0, parser.methodEnd)} ${parser.text.slice(parser.targetStart, parser.targetEnd)} ${version}`
}

function fieldsOf(parser: HeadParser): string[] {
  const lines: string[] = []
  for (let i = 0; i < parser.fields.count; i++) {
    const name = parser.text.slice(parser.fields.nameStarts[i]!, parser.fields.nameEnds[i]!).toLowerCase()
    lines.push(`${name}: ${parser.text.slice(parser.fields.valueStarts[i]!, parser.fields.valueEnds[i]!)}`)
  }
  return lines
}
