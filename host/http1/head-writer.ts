/**
 * Heads and trailers as byte strings (hot). Names and values come from filters as well as from peers, so a text in
 * which a control byte would make another line or another message is not written at all.
 */
import type { HeaderMap } from '../http/header-map.ts'
import { reasonPhrase } from '../http/status.ts'

const COLON = 58

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

/** Fields of a request or of trailers, pseudo headers, Host and framing left out; null = not fit to be written. */
export function requestFields(map: HeaderMap): string | null {
  const fields = map.fields
  let text = ''
  let probe = ''
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (name.charCodeAt(0) === COLON || name === 'transfer-encoding' || name === 'host') continue
    const value = fields[i + 1]!
    text += name + ': ' + value + '\r\n'
    probe += name + value
  }
  return isOneLine(probe) ? text : null
}

/**
 * Fields of a response without those of the hop, which the codec writes itself; an accepted upgrade keeps its own.
 * Null = not fit to be written.
 */
export function responseFields(map: HeaderMap, keepsUpgrade: boolean, dropsLength: boolean): string | null {
  const fields = map.fields
  let text = ''
  let probe = ''
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (name.charCodeAt(0) === COLON || isOfHop(name, keepsUpgrade, dropsLength)) continue
    const value = fields[i + 1]!
    text += name + ': ' + value + '\r\n'
    probe += name + value
  }
  return isOneLine(probe) ? text : null
}

function isOfHop(name: string, keepsUpgrade: boolean, dropsLength: boolean): boolean {
  switch (name) {
    case 'transfer-encoding':
    case 'keep-alive':
    case 'proxy-connection':
      return true
    case 'connection':
    case 'upgrade':
      return !keepsUpgrade
    case 'content-length':
      return dropsLength
    default:
      return false
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
