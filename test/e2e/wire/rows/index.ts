/** The rows of the wire suite: the HTTP/1 corpus, and what only a whole proxy shows. */
import { REQUESTS, RESPONSES, type Fate, type RequestCase, type ResponseCase } from '../../../host/http1/corpus.ts'
import { profileOf } from '../profiles.ts'
import type { Difference, Verdict, WireRow } from '../row.ts'
import { FIN } from '../step.ts'
import { CASING_ROWS } from './casing.ts'
import { CONNECTION_ROWS } from './connection.ts'
import { DIFFERENCES } from './differences.ts'
import { HEAD_ROWS } from './head.ts'
import { ANSWER_OK, SHORT } from './make.ts'
import { UPSTREAM_ROWS } from './upstream.ts'

function fromRequest(entry: RequestCase): WireRow {
  const { id, bytes, status, details, fate, envoy } = entry
  const isSilent = status === 0 || envoy?.status === 0
  return {
    id: `request/${id}`,
    profile: profileOf(entry.http1),
    client: [bytes],
    upstream: ANSWER_OK,
    ...(isSilent ? { patience: SHORT } : {}),
    expect: { status, details: status === 0 ? null : details, fate },
    ...(envoy === undefined ? {} : { differs: requestDifference(envoy) }),
  }
}

function fromResponse(entry: ResponseCase): WireRow {
  const { id, bytes, envoy, method = 'GET', ends = false } = entry
  const expect = clientVerdict(entry, entry.verdict)
  return {
    id: `answer/${id}`,
    profile: entry.trailers === undefined ? 'plain' : 'trailers',
    client: [`${method} / HTTP/1.1\r\nHost: a.test\r\n\r\n`],
    upstream: { on: 'complete', steps: ends ? [bytes, FIN] : [bytes] },
    expect,
    ...(envoy === undefined ? {} : { differs: answerDifference(envoy) }),
  }
}

function requestDifference(envoy: NonNullable<RequestCase['envoy']>): Difference {
  const { status, details, reason, fate = FATES[status] ?? 'kept' } = envoy
  return { reason, envoy: { status, details: status === 0 ? null : details, fate }, parts: null }
}

/** Of Envoy's connections after an answer with this status. */
const FATES: Readonly<Record<number, Fate>> = { 0: 'waits', 403: 'closed later', 426: 'closed later' }

function answerDifference({ verdict, reason }: NonNullable<ResponseCase['envoy']>): Difference {
  const details = verdict === 'ok' ? 'via_upstream' : 'upstream_reset_before_response_started{protocol_error}'
  return { reason, envoy: { status: verdict === 'ok' ? 200 : 502, details, flags: verdict === 'ok' ? '-' : 'UPE' }, parts: null }
}

/** What the client of an answer with this verdict gets. */
function clientVerdict(entry: ResponseCase, verdict: ResponseCase['verdict']): Verdict {
  if (verdict === 'ok') return { status: entry.status, details: 'via_upstream', flags: '-' }
  const flags = verdict === 'protocol_error' ? 'UPE' : 'UC'
  if (entry.status !== 0)
    return { status: entry.status, details: `upstream_reset_after_response_started{${verdict}}`, flags, fate: 'closed later' }
  return {
    status: verdict === 'protocol_error' ? 502 : 503,
    details: `upstream_reset_before_response_started{${verdict}}`,
    flags,
    fate: 'kept',
  }
}

const ALL: readonly WireRow[] = [
  ...REQUESTS.map(fromRequest),
  ...RESPONSES.map(fromResponse),
  ...HEAD_ROWS,
  ...UPSTREAM_ROWS,
  ...CONNECTION_ROWS,
  ...CASING_ROWS,
]

/** Every row. */
export const ROWS: readonly WireRow[] = ALL.map((row) => {
  const differs = DIFFERENCES[row.id]
  return differs === undefined ? row : { ...row, differs }
})
