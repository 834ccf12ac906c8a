/** Rows in which our host differs from the record on purpose. docs/HOST-DIFFERENCES.md lists them; a test holds both. */
import type { Mismatch } from './compare.ts'

export interface KnownDifference {
  /** Who differs. */
  readonly judges: readonly ('host' | 'harness')[]
  readonly chapter: string
  /** The keys of the rows. */
  readonly rows: RegExp
  /** What a filter or client sees in Envoy, and here. */
  readonly envoy: string
  readonly host: string
  readonly why: string
}

const BOTH = ['host', 'harness'] as const

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    judges: BOTH,
    chapter: 'headers',
    rows: /^hop-by-hop \/ response_headers/,
    envoy: '`keep-alive` of an upstream is taken away before the filters',
    host: 'behind them',
    why: 'one pass over the head takes away all that belongs to a connection; the client sees the same',
  },
  {
    judges: BOTH,
    chapter: 'headers',
    rows: /^client-closes \/ log/,
    envoy: '`proxy_on_log` sees the `connection: close` that the client gets',
    host: 'does not see it',
    why: 'the codec alone knows, when it writes the head, whether its connection ends',
  },
  {
    judges: BOTH,
    chapter: 'buffers',
    rows: /^foreign-arguments \/ (request|response)_body/,
    envoy: 'buffer 8 outside of `proxy_on_foreign_function` is what the context has read last',
    host: 'empty',
    why: 'a slip of Envoy that nothing can rely on',
  },
  {
    judges: BOTH,
    chapter: 'streams',
    rows: /^continue-then-reply \/ upstream/,
    envoy: 'a request that is continued and then answered in one callback reaches the upstream',
    host: 'the answer wins',
    why: 'nobody waits for what the upstream would say',
  },
  {
    judges: BOTH,
    chapter: 'properties',
    rows: /^varying .*upstream\\x00(local_address|cx_pool_ready_duration)/,
    envoy: '`upstream.local_address` and `upstream.cx_pool_ready_duration` are known with the connection',
    host: 'not found',
    why: 'not built yet',
  },
  {
    judges: BOTH,
    chapter: 'grpc',
    rows: /grpc_receive.*set_buffer_bytes\(5/,
    envoy: '`proxy_set_buffer_bytes` changes a message that was received',
    host: '2',
    why: 'the message is the guest’s to read; nobody reads it after the guest',
  },
  {
    judges: BOTH,
    chapter: 'grpc',
    rows: /^addresses \/ grpc_close/,
    envoy: 'a gRPC call whose token has no place in memory is sent',
    host: 'is not sent',
    why: 'the guest could not know whose answer comes',
  },
  {
    judges: ['harness'],
    chapter: 'grpc',
    rows: /^call-closed/,
    envoy: 'a stream that the upstream resets is a `remote reset`',
    host: 'in the test harness a connection that ends',
    why: 'the harness has no HTTP/2',
  },
  {
    judges: ['harness'],
    chapter: 'headers',
    rows: /^(reads|writes|hop-by-hop) \/ log .*map_pairs\(0/,
    envoy: '`proxy_on_log` sees the `x-envoy-expected-rq-timeout-ms` of the router',
    host: 'in the test harness it does not',
    why: 'the harness has no router',
  },
  {
    judges: ['harness'],
    chapter: 'properties',
    rows: /upstream(\\x00|_host)|response\\x00backend_latency|log .*request\\x00(total_size|headers_bytes)/,
    envoy: 'attributes tell of the connection to the upstream and of the headers that the router adds',
    host: 'in the test harness there are none',
    why: 'the harness has no router',
  },
]

/** The known difference of this judge that a mismatch belongs to. */
export function knownDifference({ chapter, key }: Mismatch, judge: string): KnownDifference | undefined {
  return differencesOf(judge, chapter).find(({ rows }) => rows.test(key))
}

/** Those of a judge in a chapter. */
export function differencesOf(judge: string, chapter: string): KnownDifference[] {
  return KNOWN_DIFFERENCES.filter((one) => one.chapter === chapter && (one.judges as readonly string[]).includes(judge))
}
