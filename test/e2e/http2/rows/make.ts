/** Short forms of rows. */
import { END_HEADERS, END_STREAM, block, frame } from '../../../support/http2-frames.ts'
import type { ProfileName } from '../profiles.ts'
import type { Http2Row, Http2Step } from '../row.ts'

export type Field = readonly [string, string]

/** How long a row waits when nothing says that the connection ends. */
const QUIET = 150
/** Longer than Envoy's delayed close. */
export const CLOSING = 1600

export interface RowOptions {
  readonly profile?: ProfileName
  readonly streams?: number
  readonly patience?: number
  readonly answer?: readonly string[]
  readonly log?: readonly string[]
  readonly fate?: 'open' | 'closed'
  readonly differs?: Http2Row['differs']
}

export function row(id: string, client: readonly Http2Step[], options: RowOptions = {}): Http2Row {
  const { profile = 'plain', streams = 1, patience = QUIET, differs, answer, log, fate = 'open' } = options
  const expect = { fate, ...(answer === undefined ? {} : { answer }), ...(log === undefined ? {} : { log }) }
  return { id, profile, client, streams, patience, expect, ...(differs === undefined ? {} : { differs }) }
}

/** The pseudo headers of a request in Envoy's usual order, and more fields. */
export function fields(method: string, path: string, ...more: readonly Field[]): Field[] {
  return [[':method', method], [':scheme', 'http'], [':authority', 'a.test'], [':path', path], ...more]
}

/** A request without body. */
export function whole(id: number, ...all: readonly Field[]): Buffer {
  return frame('HEADERS', END_HEADERS | END_STREAM, id, block(...all))
}

/** A request whose body follows. */
export function begun(id: number, ...all: readonly Field[]): Buffer {
  return frame('HEADERS', END_HEADERS, id, block(...all))
}

export function data(id: number, text: string, isEnd = true): Buffer {
  return frame('DATA', isEnd ? END_STREAM : 0, id, Buffer.from(text, 'latin1'))
}
