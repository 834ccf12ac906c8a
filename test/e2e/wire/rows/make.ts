/** Shorthand for rows. */
import type { ProfileName } from '../profiles.ts'
import type { WireRow } from '../row.ts'
import type { UpstreamScript } from '../scripted-upstream.ts'
import type { Step } from '../step.ts'

export const HOST = 'Host: a.test\r\n'
export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
export const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`
export const ANSWER_OK: UpstreamScript = { on: 'complete', steps: [OK] }
export const NO_ANSWER: UpstreamScript = { on: 'complete', steps: [] }

/** How long a client waits for an answer that does not come, ms. */
export const SHORT = 400

export function get(path: string, fields = ''): string {
  return `GET ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`
}

export function post(fields: string, body: string, path = '/'): string {
  return `POST ${path} HTTP/1.1\r\n${HOST}${fields}\r\n\r\n${body}`
}

/** An upstream that plays steps when a request is complete. */
export function plays(...steps: readonly Step[]): UpstreamScript {
  return { on: 'complete', steps }
}

type Extra = Partial<Pick<WireRow, 'answers' | 'patience' | 'races'>> & {
  readonly flags?: string
  readonly fate?: WireRow['expect']['fate']
}

/** A row that ends with an answer. */
export function row(
  id: string,
  profile: ProfileName,
  client: string | readonly Step[],
  upstream: UpstreamScript,
  verdict: readonly [status: number, details: string | null],
  extra: Extra = {},
): WireRow {
  const { flags = '-', fate = 'kept', ...rest } = extra
  const [status, details] = verdict
  const expect = { status, details, fate, ...(details === null ? {} : { flags }) }
  return { id, profile, client: typeof client === 'string' ? [client] : client, upstream, expect, ...rest }
}

export const FORWARDED = [200, 'via_upstream'] as const
