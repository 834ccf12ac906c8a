/**
 * Why the upstream may get other requests from the host than from Envoy. Each class stands on a row of the corpus, where
 * its reason is written and where the wire suite holds that both proxies still differ.
 */
import { ROWS } from '../rows/index.ts'
import type { Verdict, WireRow } from '../row.ts'
import { envoyVerdict } from '../verdict.ts'

/** What a proxy made of a row. */
export interface Outcome {
  /** The requests that it let through, in order. */
  readonly requests: readonly string[]
  /** Its access log, a line per request. */
  readonly log: readonly string[]
}

/** What two proxies made of the same row. */
export interface Outcomes {
  readonly host: Outcome
  readonly envoy: Outcome
}

export interface DifferenceClass {
  readonly row: WireRow
  /** What texts of the class show, that of the row too. */
  readonly pattern: RegExp
  /** True when `text` shows what the class is about, and both proxies did with it what they do with the row. */
  explains(text: string, outcomes: Outcomes): boolean
}

/** Requests with which one proxy ends, by refusing or in another way, and the other goes on, both as with the row of this id. */
function endsAt(id: string, pattern: RegExp): DifferenceClass {
  const row = rowOf(id)
  const isStricter = envoyVerdict(row).details === 'via_upstream'
  return {
    row,
    pattern,
    explains: (text, { host, envoy }) => {
      const [strict, lax] = isStricter ? [host, envoy] : [envoy, host]
      const isBeginning = strict.requests.every((request, index) => request === lax.requests[index])
      return (
        pattern.test(text) &&
        strict.requests.length < lax.requests.length &&
        isBeginning &&
        hasVerdict(strict.log.at(-1), isStricter ? row.expect : envoyVerdict(row)) &&
        lax.log.some((line) => line.startsWith('200 via_upstream '))
      )
    },
  }
}

/** Requests that the host passes without fields of this name. */
function without(id: string, name: string): DifferenceClass {
  const line = new RegExp(`^${name}: .*\\n`, 'gm')
  const rest = ({ requests }: Outcome): string => requests.map((request) => request.replaceAll(line, '')).join('\n\n')
  return {
    row: rowOf(id),
    pattern: new RegExp(`\\n${name}:`, 'i'),
    explains: (_, { host, envoy }) => host.requests.every((request) => request.search(line) < 0) && rest(host) === rest(envoy),
  }
}

function hasVerdict(line: string | undefined, { status, details }: Verdict): boolean {
  return line?.startsWith(`${status} ${details} `) === true
}

function rowOf(id: string): WireRow {
  const row = ROWS.find((one) => one.id === id)
  if (row?.differs === undefined) throw new Error(`no row ${id} in which host and Envoy differ`)
  return row
}

/** Of a head: no blank line between its parts. */
const SAME_HEAD = String.raw`(?:(?!\r?\n\r?\n)[^])*`

export const CLASSES: readonly DifferenceClass[] = [
  endsAt('request/bare-lf-field', /(?<!\r)\n/),
  endsAt('request/bare-cr-in-value', /\r(?!\n)/),
  endsAt('request/two-hosts', new RegExp(String.raw`\nhost:${SAME_HEAD}\nhost:`, 'i')),
  endsAt('request/fold', /\n[ \t]/),
  endsAt('request/chunk-size-tail', /chunked[^]*\n[0-9a-f]+[ \t]+[^\r\n;]/i),
  endsAt('request/chunk-data-surplus', /chunked[^]*\n0*[1-9a-f][0-9a-f]*[^\r\n]*\r\n[^]/i),
  endsAt('request/no-version-like-one', /[^ \t]HTTP\/1\.1\r\n/),
  endsAt(
    'request/upgrade-with-body',
    new RegExp(String.raw`\nupgrade:${SAME_HEAD}\n(?:content-length:|transfer-encoding:)`, 'i'),
  ),
  without('request/http2-settings', 'http2-settings'),
]
