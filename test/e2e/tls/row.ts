/** One connection of the TLS suite: what the client does, and what must come of it. */
import type { ClientName } from './materials.ts'

export interface TlsWishes {
  readonly servername?: string
  readonly alpn?: readonly string[]
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly ciphers?: string
  readonly sigalgs?: string
  readonly curve?: string
  /** The client's own certificate. */
  readonly as?: ClientName
  /** Connects once before, and resumes that session. */
  readonly resumes?: true
  /** The first bytes go out in pieces of this size. */
  readonly piece?: number
}

export interface TlsRow {
  readonly id: string
  readonly listener: string
  /** `additional` = the listener's second address. */
  readonly at?: 'additional'
  /** Bytes before everything else. */
  readonly before?: string
  /** Null = no TLS. */
  readonly tls: TlsWishes | null
  /** Path of the request; default `/`. */
  readonly path?: string
  /** Lines of the request's head, each with its end. */
  readonly fields?: string
  /** Sent instead of a request. */
  readonly sends?: string
  /** Status and body, if it is one of a word, or how the connection ended. */
  readonly expect: string
  readonly differs?: Difference
}

/** Where Envoy differs, and why we do not follow it. */
export interface Difference {
  readonly reason: string
  /** What Envoy makes of the row, if that is another outcome. */
  readonly envoy?: string
  readonly parts: readonly Part[]
}

export interface Observation {
  /** What was agreed on in the handshake; '' = there was none. */
  readonly session: string
  readonly answer: string
  readonly end: 'closed' | 'reset' | 'waits' | `alert ${number}`
  readonly log: readonly string[]
}

export type Part = keyof Observation

export const PARTS: readonly Part[] = ['session', 'answer', 'end', 'log']

/** In short. */
export function outcomeOf({ answer, end }: Observation): string {
  const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]
  if (status === undefined) return answer === '' ? end : answer
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  return /^\w+$/.test(body) ? `${status} ${body}` : status
}
