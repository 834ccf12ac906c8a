/** One conversation over HTTP/2, and what must come of it in host and Envoy. */
import type { ProfileName } from './profiles.ts'

/** Bytes are sent; a number is a pause in ms; `FIN` ends the client's side. */
export type Http2Step = Buffer | number | 'FIN'

/** What a proxy made of a row. */
export interface Http2Observation {
  /**
   * Per stream what came, in order: the fields of a head that matter, the body, `END`, `RST_STREAM CODE`; GOAWAY at the end.
   * Changing values are masked.
   */
  readonly answer: readonly string[]
  /** Whether the connection was still open when the row was over. */
  readonly fate: 'open' | 'closed'
  /** The requests that the upstream got. */
  readonly upstream: readonly string[]
  /** `code details flags` of each access-log line. */
  readonly log: readonly string[]
}

export interface Http2Row {
  readonly id: string
  readonly profile: ProfileName
  readonly client: readonly Http2Step[]
  /** Streams that must have ended before the row is over. */
  readonly streams: number
  /** How long the row waits behind the last of them for the connection's end, ms. */
  readonly patience: number
  /** What both proxies must make of it, as far as it is written down; the rest must be equal in both. */
  readonly expect: { readonly answer?: readonly string[]; readonly log?: readonly string[]; readonly fate?: 'open' | 'closed' }
  /** Where Envoy differs, and why. */
  readonly differs?: { readonly parts: readonly (keyof Http2Observation)[]; readonly reason: string }
}

export const PARTS: readonly (keyof Http2Observation)[] = ['answer', 'fate', 'upstream', 'log']
