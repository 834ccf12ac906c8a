/**
 * Heads and trailers as byte strings (hot). Names and values come from filters as well as from peers, so a text in
 * which a control byte would make another line or another message is not written at all.
 */
import type { HeaderMap } from '../http/header-map.ts'
import { reasonPhrase } from '../http/status.ts'

const COLON = 58
/** `: ` and CR LF. */
const LINE_EXTRA = 4

/** Status lines that were used before. */
const statusLines = new Map<number, string>()

/** `HTTP/1.1 200 OK` with its line end. */
export function statusLine(status: number, isHttp10: boolean): string {
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
export function requestFields(map: HeaderMap): string | null {
  return fieldLines(map, Skip.Always | Skip.Host)
}

/**
 * Fields of a response without those of the hop, which the codec writes itself; an accepted upgrade keeps its own.
 * Null = not fit to be written.
 */
export function responseFields(map: HeaderMap, keepsUpgrade: boolean, dropsLength: boolean): string | null {
  const upgrade = keepsUpgrade ? 0 : Skip.Upgrade
  const length = dropsLength ? Skip.Length : 0
  return fieldLines(map, Skip.Always | Skip.Hop | upgrade | length)
}

/** Lines that are as the peer sent them leave in runs, cut out of its head; only the others are put together and checked. */
function fieldLines(map: HeaderMap, skipped: number): string | null {
  const { fields, source } = map
  let text = ''
  let made = ''
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
    else {
      text += name + ': ' + value + '\r\n'
      made += name + value
    }
  }
  if (runEnd > runStart) text += source.substring(runStart, runEnd)
  return isOneLine(made) ? text : null
}

function skipBit(name: string): number {
  if (name.charCodeAt(0) === COLON) return Skip.Always
  switch (name) {
    case 'transfer-encoding':
      return Skip.Always
    case 'host':
      return Skip.Host
    case 'keep-alive':
    case 'proxy-connection':
      return Skip.Hop
    case 'connection':
    case 'upgrade':
      return Skip.Upgrade
    case 'content-length':
      return Skip.Length
    default:
      return 0
  }
}

/** Bytes that would end a line or cut a string. */
const LINE_BREAKING = /[\0\r\n]/
/** Bytes that would end a part of a request line. */
const TOKEN_BREAKING = /[\0-\x20\x7f]/

/**
 * True when `text` would stay on its line. A regular expression, against the rule for hot code: one run over all
 * values together costs 0.1 us per head, a loop over their characters 0.6 us (bench/micro/http1-parse.ts).
 */
export function isOneLine(text: string): boolean {
  return !LINE_BREAKING.test(text)
}

/** True when `text` can stand in a request line. */
export function isLinePart(text: string): boolean {
  return text !== '' && !TOKEN_BREAKING.test(text)
}
