/** Rows in which our host differs from the record on purpose. docs/HOST-DIFFERENCES.md lists them; a test holds both. */
import { rowKey } from './rows.ts'
import type { Mismatch } from './compare.ts'

export interface KnownDifference {
  /** Who differs. */
  readonly judges: readonly ('host' | 'harness')[]
  readonly chapter: string
  /** Scenario and place of the rows, as their keys begin. */
  readonly rows: readonly string[]
  /** What a filter or client sees in Envoy, and here. */
  readonly envoy: string
  readonly host: string
  readonly why: string
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    judges: ['harness'],
    chapter: 'headers',
    rows: ['reads / log', 'writes / log', 'hop-by-hop / log'],
    envoy: 'on_log sees the x-envoy-expected-rq-timeout-ms of the router',
    host: 'in the test harness it does not',
    why: 'the harness has no router',
  },
  {
    judges: ['host', 'harness'],
    chapter: 'headers',
    rows: ['hop-by-hop / response_headers'],
    envoy: 'keep-alive of an upstream is taken away before the filters',
    host: 'behind them',
    why: 'one pass over the head is enough; the client sees the same',
  },
  {
    judges: ['host', 'harness'],
    chapter: 'headers',
    rows: ['client-closes / log'],
    envoy: 'on_log sees the connection: close that the client gets',
    host: 'on_log does not see it',
    why: 'the codec alone knows, when the head is written, whether its connection ends',
  },
]

/** The known difference of this judge that a mismatch belongs to. */
export function knownDifference({ row }: Mismatch, judge: string): KnownDifference | undefined {
  const key = rowKey(row)
  return differencesOf(judge, row.chapter).find(({ rows }) => rows.some((start) => key.startsWith(start)))
}

/** Those of a judge in a chapter. */
export function differencesOf(judge: string, chapter: string): KnownDifference[] {
  return KNOWN_DIFFERENCES.filter((one) => one.chapter === chapter && (one.judges as readonly string[]).includes(judge))
}
