/** Requests that are copied to another cluster; what the other cluster sees of them. */

export interface Row {
  readonly what: string
  /** Policies of the route, its virtual host. */
  readonly policies?: readonly object[]
  readonly hostPolicies?: readonly object[]
  /** Fields of the route action, of the virtual host. */
  readonly route?: object
  readonly virtualHost?: object
  /** `host: …` when it is not that of the row. */
  readonly host?: string
  readonly method?: string
  readonly headers?: string
  /** As it goes over the wire. */
  readonly body?: string
  /** What the main upstream answers, and the other one; '' = nothing, null = it closes. */
  readonly answer?: string
  readonly otherAnswer?: string | null
  /** Default 200. */
  readonly status?: number
  /** Heads and bodies that the other upstreams saw; see `seenOf`. */
  readonly copies: readonly string[]
  /** Statistics of the other cluster. */
  readonly stats?: Readonly<Record<string, number>>
}

const OTHER = [{ cluster: 'other' }]
export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
const KNOWN = 'x-forwarded-proto: http|x-request-id: ID'
const COPIED = 'x-envoy-internal: true|x-forwarded-for: IP'
const TIMEOUT = 'x-envoy-expected-rq-timeout-ms: 15000'
const COMMON = `|${KNOWN}|${TIMEOUT}|${COPIED}`

export const ROWS: readonly Row[] = [
  {
    what: 'a request',
    policies: OTHER,
    copies: [`GET /p|host: row0.test-shadow|x-row: 0${COMMON}||`],
    stats: {
      upstream_rq_total: 1,
      upstream_rq_completed: 1,
      upstream_rq_200: 1,
      'internal.upstream_rq_200': 1,
      'external.upstream_rq_200': 0,
    },
  },
  {
    what: 'a host with its port',
    policies: OTHER,
    host: 'row1.test:99',
    copies: [`GET /p|host: row1.test-shadow:99|x-row: 1${COMMON}||`],
  },
  {
    what: 'the host as it is',
    policies: [{ cluster: 'other', disable_shadow_host_suffix_append: true }],
    copies: [`GET /p|host: row2.test|x-row: 2${COMMON}||`],
  },
  {
    what: 'another host',
    policies: [{ cluster: 'other', host_rewrite_literal: 'third.test' }],
    copies: [`GET /p|host: third.test|x-row: 3${COMMON}||`],
  },
  {
    what: 'to the cluster that a header names',
    policies: [{ cluster_header: 'X-To' }],
    headers: 'x-to: other4\r\n',
    copies: [`GET /p|host: row4.test-shadow|x-row: 4|x-to: other4${COMMON}||`],
  },
  { what: 'nowhere without the header', policies: [{ cluster_header: 'X-To' }], copies: [] },
  {
    what: 'nowhere when there is no such cluster',
    policies: [{ cluster_header: 'X-To' }],
    headers: 'x-to: nobody\r\n',
    copies: [],
  },
  { what: 'no share', policies: [{ cluster: 'other', runtime_fraction: { default_value: { numerator: 0 } } }], copies: [] },
  {
    what: 'the whole share',
    policies: [
      { cluster: 'other', trace_sampled: false, runtime_fraction: { default_value: { numerator: 100 }, runtime_key: 'a' } },
    ],
    copies: [`GET /p|host: row8.test-shadow|x-row: 8${COMMON}||`],
  },
  {
    what: 'twice',
    policies: [...OTHER, ...OTHER],
    copies: [`GET /p|host: row9.test-shadow|x-row: 9${COMMON}||`, `GET /p|host: row9.test-shadow|x-row: 9${COMMON}||`],
  },
  { what: 'by the virtual host', hostPolicies: OTHER, copies: [`GET /p|host: row10.test-shadow|x-row: 10${COMMON}||`] },
  { what: 'by the route alone', policies: [{ cluster: 'third' }], hostPolicies: OTHER, copies: [] },
  {
    what: 'after the changes of the route',
    policies: OTHER,
    route: { prefix_rewrite: '/new', host_rewrite_literal: 'new.test', timeout: '3s' },
    copies: [
      `GET /newp|host: new.test-shadow|x-row: 12|${KNOWN}|x-envoy-expected-rq-timeout-ms: 3000|x-envoy-original-host: row12.test|x-envoy-original-path: /p|${COPIED}||`,
    ],
  },
  {
    what: 'a body',
    policies: OTHER,
    method: 'POST',
    headers: 'content-length: 5\r\n',
    body: 'hello',
    copies: [`POST /p|host: row13.test-shadow|x-row: 13|content-length: 5${COMMON}||hello`],
  },
  {
    what: 'a chunked body with trailers',
    policies: OTHER,
    method: 'POST',
    headers: 'transfer-encoding: chunked\r\n',
    body: '5\r\nabcde\r\n0\r\nx-end: 1\r\n\r\n',
    copies: [`POST /p|host: row14.test-shadow|x-row: 14${COMMON}|transfer-encoding: chunked||5|abcde|0|x-end: 1||`],
  },
  {
    what: 'a body that is too long to keep',
    policies: OTHER,
    method: 'POST',
    headers: 'content-length: 70000\r\n',
    body: 'x'.repeat(70_000),
    copies: [`POST /p|host: row15.test-shadow|x-row: 15|content-length: 70000${COMMON}||70000 bytes`],
    stats: { retry_or_shadow_abandoned: 0 },
  },
  {
    what: 'a request whose copy fails',
    policies: OTHER,
    otherAnswer: 'HTTP/1.1 500 X\r\ncontent-length: 3\r\n\r\nbad',
    copies: [`GET /p|host: row16.test-shadow|x-row: 16${COMMON}||`],
    stats: { upstream_rq_500: 1 },
  },
  {
    what: 'a request whose copy ends',
    policies: OTHER,
    otherAnswer: null,
    copies: [`GET /p|host: row17.test-shadow|x-row: 17${COMMON}||`],
    stats: { upstream_rq_503: 1 },
  },
  {
    what: 'a request whose copy is never answered',
    policies: OTHER,
    route: { timeout: '0.3s' },
    otherAnswer: '',
    copies: [`GET /p|host: row18.test-shadow|x-row: 18|${KNOWN}|x-envoy-expected-rq-timeout-ms: 300|${COPIED}||`],
    stats: { upstream_rq_504: 1, upstream_rq_timeout: 1 },
  },
  {
    what: 'a request once, however often it is tried',
    policies: OTHER,
    route: { retry_policy: { retry_on: '5xx' } },
    answer: 'HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n',
    status: 503,
    copies: [`GET /p|host: row19.test-shadow|x-row: 19${COMMON}||`],
  },
  {
    what: 'what the route alone controls',
    policies: OTHER,
    headers: 'x-envoy-retry-on: 5xx\r\nx-envoy-upstream-rq-timeout-ms: 4000\r\n',
    virtualHost: { include_request_attempt_count: true },
    copies: [`GET /p|host: row20.test-shadow|x-row: 20|${KNOWN}|${TIMEOUT}|x-envoy-attempt-count: 1|${COPIED}||`],
  },
  {
    what: 'a request with x-forwarded-for',
    policies: OTHER,
    headers: 'x-forwarded-for: 1.2.3.4\r\n',
    copies: [`GET /p|host: row21.test-shadow|x-row: 21|x-forwarded-for: 1.2.3.4,IP|${KNOWN}|${TIMEOUT}|x-envoy-internal: true||`],
  },
  { what: 'a HEAD request', policies: OTHER, method: 'HEAD', copies: [`HEAD /p|host: row22.test-shadow|x-row: 22${COMMON}||`] },
]
