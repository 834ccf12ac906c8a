/**
 * Heads and trailers as byte strings (hot). Names and values come from filters as well as from peers, so a text in
 * which a control byte would make another line or another message is not written at all.
 */
import { type HeaderMap, NO_ORIGIN, type NameWriter, OWN } from '../http/header-map.ts'
import { lineOf } from '../http/known-lines.ts'
import { reasonPhrase } from '../http/status.ts'

const COLON = 58
const LINE_BREAKING = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 0 || byte === 10 || byte === 13 ? 1 : 0))
const TOKEN_BREAKING = Uint8Array.from({ length: 256 }, (_, byte) => (byte <= 0x20 || byte === 0x7f ? 1 : 0))
/** `: ` and CR LF. */
const LINE_EXTRA = 4

/** Status lines that were used before. */
const statusLines = new Map<number, string>()

/** `HTTP/1.1 200 OK` with its line end; `reason` '' = the usual one. */
export function statusLine(status: number, isHttp10: boolean, reason: string): string {
  if (reason !== '') return `HTTP/1.${isHttp10 ? 0 : 1} ${status} ${reason}\r\n`
  const key = isHttp10 ? -status : status
  let line = statusLines.get(key)
  if (line === undefined) {
    line = `HTTP/1.${isHttp10 ? 0 : 1} ${status} ${reasonPhrase(status)}\r\n`
    if (statusLines.size < 1024) statusLines.set(key, line)
  }
  return line
}

/** Fields that a head may leave out; bits of a set. Pseudo headers and Transfer-Encoding are never written here. */
const Skip = { Always: 1, Host: 2, Hop: 4, Upgrade: 8, Length: 16 } as const

/** Fields of a request or of trailers, pseudo headers, Host and framing left out; null = not fit to be written. */
export function requestFields(map: HeaderMap, writer: NameWriter | null): string | null {
  return linesOf(map, Skip.Always | Skip.Host, writer)
}

/**
 * Fields of a response without those of the hop, which the codec writes itself; an accepted upgrade keeps its own.
 * Null = not fit to be written.
 */
export function responseFields(
  map: HeaderMap,
  keepsUpgrade: boolean,
  dropsLength: boolean,
  writer: NameWriter | null,
): string | null {
  const upgrade = keepsUpgrade ? 0 : Skip.Upgrade
  const length = dropsLength ? Skip.Length : 0
  return linesOf(map, Skip.Always | Skip.Hop | upgrade | length, writer)
}

function linesOf(map: HeaderMap, skipped: number, writer: NameWriter | null): string | null {
  return writer === null ? fieldLines(map, skipped) : writtenLines(map, skipped, writer)
}

/** Every line is put together anew: only peers that want other letters pay for that. */
function writtenLines(map: HeaderMap, skipped: number, writer: NameWriter): string | null {
  const { fields } = map
  let text = ''
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if ((skipBit(name) & skipped) !== 0) continue
    const value = fields[i + 1]!
    if (map.originOf(i) === NO_ORIGIN && !(isOneLine(name) && isOneLine(value))) return null
    text += `${writer.write(name)}: ${value}\r\n`
  }
  return text
}

/** Lines that are as the peer sent them leave in runs, cut out of its head; only the others are put together and checked. */
function fieldLines(map: HeaderMap, skipped: number): string | null {
  const { fields, source } = map
  let text = ''
  let runStart = 0
  let runEnd = 0
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if ((skipBit(name) & skipped) !== 0) continue
    const value = fields[i + 1]!
    const origin = map.originOf(i)
    if (origin !== runEnd) {
      if (runEnd > runStart) text += source.substring(runStart, runEnd)
      runStart = runEnd = Math.max(origin, 0)
    }
    if (origin >= 0) runEnd += name.length + value.length + LINE_EXTRA
    else if (origin === OWN || (isOneLine(name) && isOneLine(value))) text += lineOf(name, value)
    else return null
  }
  if (runEnd > runStart) text += source.substring(runStart, runEnd)
  return text
}

/** Most names begin with another letter: c, h, k, p, t, u. */
function skipBit(name: string): number {
  switch (name.charCodeAt(0)) {
    case COLON:
      return Skip.Always
    case 0x63:
      return name === 'connection' ? Skip.Upgrade : name === 'content-length' ? Skip.Length : 0
    case 0x68:
      return name === 'host' ? Skip.Host : 0
    case 0x6b:
      return name === 'keep-alive' ? Skip.Hop : 0
    case 0x70:
      return name === 'proxy-connection' ? Skip.Hop : 0
    case 0x74:
      return name === 'transfer-encoding' ? Skip.Always : 0
    case 0x75:
      return name === 'upgrade' ? Skip.Upgrade : 0
    default:
      return 0
  }
}

/** True when `text` would stay on its line: none of its bytes ends a line or cuts a string. */
export function isOneLine(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (LINE_BREAKING[text.charCodeAt(i)] === 1) return false
  return true
}

/** True when `text` can stand in a request line: no blank, no control byte. */
export function isLinePart(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN_BREAKING[text.charCodeAt(i)] === 1) return false
  return text !== ''
}
