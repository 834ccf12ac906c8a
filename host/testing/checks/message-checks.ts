/** Checks of answers and of requests that arrived upstream. */
import type { HeaderList, UpstreamRequest } from '../messages.ts'
import type { TestResponse } from '../test-stream.ts'
import { matches, showPattern, showText, type Finding, type TextPattern } from './finding.ts'

/** An answer, or a request that arrived upstream. */
export interface Message {
  readonly headers: HeaderList
  /** The body as a byte string. */
  readonly text: string
}

/** An answer, or a reply that a filter gave. */
export type AnswerFacts = Pick<TestResponse, 'status' | 'details'>

/** Status of the answer; 0 = no head came. */
export function checkStatus({ status, details }: AnswerFacts, wanted: number): Finding {
  const seen = details === '' ? String(status) : `${status} (${details})`
  return { ok: status === wanted, subject: 'status', wanted: String(wanted), seen }
}

/** One of the header's values is the wanted one; undefined = any; null = there is no such header. */
export function checkHeader({ headers }: Message, name: string, wanted?: TextPattern | null): Finding {
  const values = headers.filter(([one]) => one === name.toLowerCase()).map(([, value]) => value)
  const seen = values.length === 0 ? 'none' : values.map(showText).join(', ')
  const subject = `header ${name}`
  if (wanted === null) return { ok: values.length === 0, subject, wanted: 'none', seen }
  if (wanted === undefined) return { ok: values.length > 0, subject, wanted: 'any', seen }
  return { ok: values.some((value) => matches(wanted, value)), subject, wanted: showPattern(wanted), seen }
}

export function checkBody({ text }: Message, wanted: TextPattern): Finding {
  return { ok: matches(wanted, text), subject: 'body', wanted: showPattern(wanted), seen: showText(text) }
}

/** Response code details, as in the access log. */
export function checkDetails({ details }: AnswerFacts, wanted: TextPattern): Finding {
  return { ok: matches(wanted, details), subject: 'details', wanted: showPattern(wanted), seen: showText(details) }
}

/** A request arrived upstream, at the cluster if one is named. */
export function checkReached({ upstream }: TestResponse, cluster?: string): Finding {
  const seen = upstream.map(describeRequest).join(', ') || 'none'
  const ok = upstream.some((request) => cluster === undefined || request.cluster === cluster)
  return { ok, subject: 'upstream requests', wanted: cluster === undefined ? 'one' : `one at ${cluster}`, seen }
}

function describeRequest({ method, path, cluster }: UpstreamRequest): string {
  return `${method} ${path} at ${cluster}`
}
