/** The tokens of the text form of protobuf messages (protobuf.dev, "Text Format Language Specification"). */

/** `punctuation` covers also the end of the text (''). */
export interface TextToken {
  readonly kind: 'name' | 'number' | 'string' | 'punctuation'
  /** As written; of a string: its bytes as a byte string. */
  readonly text: string
  readonly offset: number
}

const BLANK = /(?:\s|#[^\n]*)*/y
const NAME = /[A-Za-z_]\w*/y
const NUMBER = /\d[\w.]*/y
const PUNCTUATION = /[{}<>[\]:;,-]/y
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y
const ESCAPE = /\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[^])/g
const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '?': '?',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

export class TextScanner {
  readonly #text: string
  readonly #file: string
  #at = 0
  #next: TextToken

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
    this.#next = this.#scan()
  }

  /** The token that `take` returns next. */
  get next(): TextToken {
    return this.#next
  }

  take(): TextToken {
    const token = this.#next
    this.#next = this.#scan()
    return token
  }

  /** Takes the punctuation if it comes next. */
  takeIf(punctuation: string): boolean {
    const isNext = this.#next.kind === 'punctuation' && this.#next.text === punctuation
    if (isNext) this.take()
    return isNext
  }

  /** An error at a place of the text: `file:line:column: message`. */
  fault(offset: number, message: string): Error {
    const before = this.#text.slice(0, offset).split('\n')
    return new Error(`${this.#file}:${before.length}:${before.at(-1)!.length + 1}: ${message}`)
  }

  #scan(): TextToken {
    this.#match(BLANK)
    const offset = this.#at
    if (offset === this.#text.length) return { kind: 'punctuation', text: '', offset }
    const name = this.#match(NAME)
    if (name !== null) return { kind: 'name', text: name, offset }
    const number = this.#match(NUMBER)
    if (number !== null) return { kind: 'number', text: number, offset }
    const string = this.#match(STRING)
    if (string !== null) return { kind: 'string', text: this.#unescape(string.slice(1, -1), offset + 1), offset }
    const punctuation = this.#match(PUNCTUATION)
    if (punctuation !== null) return { kind: 'punctuation', text: punctuation, offset }
    throw this.fault(offset, `seen ${JSON.stringify(this.#text[offset])}, wanted a field, a value or a closed string`)
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return null
    this.#at = pattern.lastIndex
    return match[0]
  }

  /** Characters stand for their UTF-8, escapes of bytes for themselves. */
  #unescape(written: string, start: number): string {
    let bytes = ''
    let at = 0
    for (const match of written.matchAll(ESCAPE)) {
      bytes += utf8(written.slice(at, match.index)) + this.#escaped(match[0], start + match.index)
      at = match.index + match[0].length
    }
    return bytes + utf8(written.slice(at))
  }

  #escaped(escape: string, offset: number): string {
    const kind = escape[1]!
    const simple = SIMPLE[kind]
    if (simple !== undefined) return simple
    if (kind >= '0' && kind <= '7') return String.fromCharCode(Number.parseInt(escape.slice(1), 8) & 0xff)
    const code = escape.length > 2 ? Number.parseInt(escape.slice(2), 16) : Number.NaN
    if (kind === 'x' && code <= 0xff) return String.fromCharCode(code)
    if ((kind === 'u' || kind === 'U') && code <= 0x10ffff) return utf8(String.fromCodePoint(code))
    throw this.fault(offset, `seen the escape ${escape}, wanted one of the text format`)
  }
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').latin1Slice()
}
