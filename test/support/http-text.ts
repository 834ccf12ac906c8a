/**
 * HTTP/1.1 messages for tests: an incremental parser and a writer, for requests and responses alike, lenient on
 * purpose: they show what a proxy wrote, they do not judge it. Text is byte strings (latin1).
 */

/** `[name, value]`; names as they stand on the wire. */
export type Field = readonly [string, string]

/** One message as it arrived. */
export interface WireMessage {
  /** Request or status line. */
  readonly startLine: string
  readonly headers: readonly Field[]
  body: string
  trailers: readonly Field[]
  complete: boolean
}

/** What a parser needs to know beside the bytes. */
export interface ParserOptions {
  /** True when the message can have no body whatever its headers say (answer to HEAD, 204, 304). */
  readonly bodiless: (startLine: string) => boolean
  /** True when a message without length ends with its connection (responses). */
  readonly untilClose: boolean
  readonly onHead: (message: WireMessage) => void
  readonly onComplete: (message: WireMessage) => void
}

type State = 'head' | 'body' | 'chunk-size' | 'chunk-data' | 'trailers' | 'close'

/** Reads messages of one connection. */
export class MessageParser {
  readonly #options: ParserOptions
  #state: State = 'head'
  #text = ''
  #message: WireMessage | null = null
  /** Body chunks so far; joined once, at the end. */
  #parts: string[] = []
  #left = 0

  constructor(options: ParserOptions) {
    this.#options = options
  }

  /** The message that has begun and not ended, with the body so far; or null. */
  get unfinished(): WireMessage | null {
    if (this.#message !== null) this.#message.body = this.#parts.join('')
    return this.#message
  }

  push(text: string): void {
    this.#text += text
    while (this.#step());
  }

  /** The peer has closed its side: a message without length is complete. */
  end(): void {
    if (this.#state === 'close') this.#finish([])
  }

  #step(): boolean {
    if (this.#state === 'head') return this.#readHead()
    if (this.#state === 'chunk-size') return this.#readChunkSize()
    if (this.#state === 'trailers') return this.#readTrailers()
    if (this.#state === 'close') return this.#take(Infinity)
    const more = this.#take(this.#left)
    if (this.#left > 0) return more
    if (this.#state === 'body') this.#finish([])
    else {
      if (this.#text.length < 2) return false
      this.#text = this.#text.slice(2)
      this.#state = 'chunk-size'
    }
    return true
  }

  #readHead(): boolean {
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return false
    const [startLine = '', ...lines] = this.#text.slice(0, end).split('\r\n')
    this.#text = this.#text.slice(end + 4)
    const message: WireMessage = { startLine, headers: lines.map(splitField), body: '', trailers: [], complete: false }
    if (/^HTTP\/1\.1 1(?!01)\d\d/.test(startLine)) return true
    this.#message = message
    this.#parts = []
    this.#options.onHead(message)
    this.#chooseBody(message)
    return true
  }

  #chooseBody(message: WireMessage): void {
    const length = fieldValue(message.headers, 'content-length')
    if (this.#options.bodiless(message.startLine)) return this.#finish([])
    if (/chunked/i.test(fieldValue(message.headers, 'transfer-encoding') ?? '')) this.#state = 'chunk-size'
    else if (length !== null) {
      this.#left = Number(length)
      this.#state = 'body'
    } else if (this.#options.untilClose) this.#state = 'close'
    else this.#finish([])
  }

  #readChunkSize(): boolean {
    const end = this.#text.indexOf('\r\n')
    if (end < 0) return false
    this.#left = Number.parseInt(this.#text.slice(0, end), 16)
    this.#text = this.#text.slice(end + 2)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk-data'
    return true
  }

  #readTrailers(): boolean {
    const end = this.#text.startsWith('\r\n') ? 0 : this.#text.indexOf('\r\n\r\n') + 2
    if (end === 1 || !this.#text.includes('\r\n')) return false
    const lines = this.#text.slice(0, end).split('\r\n').filter(Boolean)
    this.#text = this.#text.slice(end + 2)
    this.#finish(lines.map(splitField))
    return true
  }

  #take(count: number): boolean {
    const taken = Math.min(count, this.#text.length)
    if (taken > 0) this.#parts.push(this.#text.slice(0, taken))
    this.#text = this.#text.slice(taken)
    this.#left = count - taken
    return taken > 0
  }

  #finish(trailers: readonly Field[]): void {
    const message = this.#message!
    message.body = this.#parts.join('')
    message.trailers = trailers
    message.complete = true
    this.#message = null
    this.#state = 'head'
    this.#options.onComplete(message)
  }
}

/** First value of a name (lower-case), or null. */
export function fieldValue(fields: readonly Field[], name: string): string | null {
  return fields.find((field) => field[0].toLowerCase() === name)?.[1] ?? null
}

/** The head of a message, blank line included. */
export function headText(startLine: string, fields: readonly Field[]): string {
  return `${startLine}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** One chunk of a chunked body; nothing for an empty text, which would end the body. */
export function chunkText(text: string): string {
  return text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`
}

/** The last chunk with its trailers. */
export function lastChunkText(trailers: readonly Field[]): string {
  return headText('0', trailers)
}

function splitField(line: string): Field {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}
