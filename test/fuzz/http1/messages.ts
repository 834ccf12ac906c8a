/** Generated and mutated HTTP/1 messages from a fixed seed. */

/** A small repeatable generator (mulberry32). */
export class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }
  /** A whole number in [0, sides). */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)]!
  }
  text(alphabet: string, most: number): string {
    let text = ''
    for (let i = this.roll(most + 1); i > 0; i--) text += alphabet[this.roll(alphabet.length)]
    return text
  }
}

const TOKEN = "abcXYZ019-_.~!#$%&'*+^`|"
const VALUE = 'abc XYZ 019,;="/()<>@[]{}?\\\t\xe9\xff'
const PATH = 'abc/09?&=%-._~!$\'()*+,;:@|{}[]"^`\\'
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'PROPFIND']

/** Random name and value pairs that may appear in any message. */
export function randomFields(dice: Dice): [string, string][] {
  const fields: [string, string][] = []
  for (let i = dice.roll(6); i > 0; i--) fields.push([`x${dice.text(TOKEN, 8)}`, dice.text(VALUE, 20).trim()])
  return fields
}

/** Random body bytes. */
export function randomBody(dice: Dice, most: number): string {
  let body = ''
  for (let i = dice.roll(most + 1); i > 0; i--) body += String.fromCharCode(dice.roll(256))
  return body
}

/** A body in chunks, with extensions and trailers now and then. */
export function chunksOf(dice: Dice, body: string): string {
  let text = ''
  for (let at = 0; at < body.length;) {
    const size = 1 + dice.roll(body.length - at)
    const extension = dice.roll(4) === 0 ? `;${dice.text('abc', 4)}x=1` : ''
    text += `${size.toString(16)}${extension}\r\n${body.slice(at, at + size)}\r\n`
    at += size
  }
  return `${text}0\r\n${dice.roll(4) === 0 ? 'x-trailer: 1\r\n' : ''}\r\n`
}

function framed(dice: Dice): { fields: string; body: string } {
  const body = randomBody(dice, 30)
  const kind = dice.roll(3)
  if (kind === 0) return { fields: '', body: '' }
  if (kind === 1) return { fields: `Content-Length: ${body.length}\r\n`, body }
  return { fields: 'Transfer-Encoding: chunked\r\n', body: chunksOf(dice, body) }
}

function lines(fields: readonly [string, string][]): string {
  return fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

/** A well-formed request. */
export function randomRequest(dice: Dice): string {
  const { fields, body } = framed(dice)
  return `${dice.pick(METHODS)} /${dice.text(PATH, 20)} HTTP/1.1\r\nHost: a.test\r\n${lines(randomFields(dice))}${fields}\r\n${body}`
}

/** A well-formed response to GET. */
export function randomResponse(dice: Dice): string {
  const { fields, body } = framed(dice)
  const status = dice.pick([200, 200, 201, 302, 404, 500, 503])
  return `HTTP/1.1 ${status} ${dice.text('abc \xe9', 8).trim()}\r\n${lines(randomFields(dice))}${fields}\r\n${body}`
}

/** Bytes that mean something to some parser. */
const SPICE = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  ':',
  ',',
  ';',
  '0',
  '1',
  'f',
  'x',
  '-',
  '+',
  '\x7f',
  '\x80',
  '/',
  '\r\n ',
  '\n\n',
]
const SPICY_LINES = [
  'Content-Length: 3\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive, x\r\n',
  'Host: b.test\r\n',
  'Upgrade: websocket\r\n',
  'Connection: Upgrade\r\n',
  'Expect: 100-continue\r\n',
]

/** One to three small changes to a message. */
export function mutated(dice: Dice, message: string, others: readonly string[]): string {
  let text = message
  for (let i = 1 + dice.roll(3); i > 0; i--) text = mutatedOnce(dice, text, others)
  return text
}

function mutatedOnce(dice: Dice, text: string, others: readonly string[]): string {
  const at = dice.roll(text.length + 1)
  const end = Math.min(text.length, at + 1 + dice.roll(8))
  switch (dice.roll(7)) {
    case 0:
      return text.slice(0, at) + dice.pick(SPICE) + text.slice(at)
    case 1:
      return text.slice(0, at) + dice.pick(SPICE) + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + text.slice(end)
    case 3:
      return text.slice(0, end) + text.slice(at)
    case 4:
      return text.slice(0, at) + String.fromCharCode(dice.roll(256)) + text.slice(at + 1)
    case 5:
      return insertLine(dice, text)
    default: {
      const other = dice.pick(others)
      return text.slice(0, at) + other.slice(dice.roll(other.length))
    }
  }
}

function insertLine(dice: Dice, text: string): string {
  const starts = Array.from(text.matchAll(/\r\n(?=[^\r])/g), (match) => match.index + 2)
  if (starts.length === 0) return text
  const at = dice.pick(starts)
  return text.slice(0, at) + dice.pick(SPICY_LINES) + text.slice(at)
}
