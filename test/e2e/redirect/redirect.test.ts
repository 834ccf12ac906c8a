/** Redirects that the proxy follows, in the host and in a real Envoy: bodies, filters, statistics, logs. Heads: test/e2e/routes. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { address, ask, bootstrap, parse, RawServer, wasmFilter } from '../host/setup.ts'
import { PROXIES, type Proxy } from '../plugins/proxies.ts'

interface Row {
  readonly what: string
  readonly request: string
  /** Status and body. */
  readonly answer: string
  /** Lines of the access log. */
  readonly log?: readonly string[]
  /** What counters grow by; those of `COUNTED` that are not named do not. */
  readonly counts: Readonly<Record<string, number>>
}

const FOLLOWED = 'cluster.up.upstream_internal_redirect_succeeded_total'
const PASSED = 'cluster.up.upstream_internal_redirect_failed_total'
const TOO_MANY = 'http.e2e.passthrough_internal_redirect_too_many_redirects'
const NO_ROUTE = 'http.e2e.passthrough_internal_redirect_no_route'
const COUNTED = 'internal_redirect|retry_or_shadow|^http\\.e2e\\.(downstream_rq_(total|completed)|rq_direct_response)'

const ROWS: readonly Row[] = [
  {
    what: 'a request',
    request: get('/302/t'),
    answer: '200 GET /t 0',
    log: ['/t 302 - internal_redirect target up http://a.test/t 0 0', '/t 200 - via_upstream target up - 0 8'],
    counts: { ...streams(2), [FOLLOWED]: 1 },
  },
  {
    what: 'a request again and again',
    request: get('/302/303/t'),
    answer: '200 GET /t 0',
    log: [
      '/303/t 302 - internal_redirect again up http://a.test/303/t 0 0',
      '/t 303 - internal_redirect target up http://a.test/t 0 0',
      '/t 200 - via_upstream target up - 0 8',
    ],
    counts: { ...streams(3), [FOLLOWED]: 2 },
  },
  {
    what: 'no more than are allowed',
    request: get('/302/302/302/t'),
    answer: '302 ',
    log: [
      '/302/302/t 302 - internal_redirect again up http://a.test/302/302/t 0 0',
      '/302/t 302 - internal_redirect again up http://a.test/302/t 0 0',
      '/302/t 302 - via_upstream again up http://a.test/t 0 0',
    ],
    counts: { ...streams(3), [FOLLOWED]: 2, [PASSED]: 1, [TOO_MANY]: 1 },
  },
  {
    what: 'a body',
    request: post('/307/t', 5),
    answer: '200 POST /t 5',
    log: ['/t 307 - internal_redirect target up http://a.test/t 5 0', '/t 200 - via_upstream target up - 10 9'],
    counts: { ...streams(2), [FOLLOWED]: 1 },
  },
  { what: 'a long body', request: post('/307/t', 60_000), answer: '200 POST /t 60000', counts: { ...streams(2), [FOLLOWED]: 1 } },
  {
    what: 'no body that is too long to keep',
    request: post('/307/t', 70_000),
    answer: '307 ',
    log: ['/307/t 307 - via_upstream again up http://a.test/t 70000 0'],
    counts: { ...streams(1), [PASSED]: 1, 'cluster.up.retry_or_shadow_abandoned': 1 },
  },
  {
    what: 'what becomes a GET',
    request: post('/303/t', 5),
    answer: '200 GET /t 0',
    log: ['/t 303 - internal_redirect target up http://a.test/t 5 0', '/t 200 - via_upstream target up - 5 8'],
    counts: { ...streams(2), [FOLLOWED]: 1 },
  },
  {
    what: 'nothing to nowhere',
    request: get('/302/none'),
    answer: '302 ',
    counts: { ...streams(1), [PASSED]: 1, [NO_ROUTE]: 1 },
  },
  {
    what: 'to what the proxy answers',
    request: get('/302/direct'),
    answer: '203 here',
    log: ['/direct 302 - internal_redirect direct - http://a.test/direct 0 0', '/direct 203 - direct_response direct - - 0 4'],
    counts: { ...streams(2), [FOLLOWED]: 1, 'http.e2e.rq_direct_response': 1 },
  },
  {
    what: 'through the filters, which see another stream',
    request: get('/302/f'),
    answer: '429 local_rate_limited',
    counts: { ...streams(2), [FOLLOWED]: 1 },
  },
]

const LIMITER = join(import.meta.dirname, '../../../filters/dist/ratelimit.wasm')
const folder = mkdtempSync(join(tmpdir(), 'sluice-redirect-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(PROXIES)('$name follows', ({ name, missing, start }) => {
  const server = upstream()
  const log = join(folder, name)
  let proxy: Proxy
  let port = 0

  beforeAll(async () => {
    if (missing !== '') return
    const at = await server.start()
    const started = await start((listener) => configure(listener, at, log), 1)
    proxy = started.proxy
    port = started.port
  })

  afterAll(async () => {
    if (missing !== '') return
    await proxy?.stop()
    await server.stop()
  })

  const counters = async (): Promise<Map<string, number>> => {
    const text = await proxy.admin(`/stats?filter=${encodeURIComponent(COUNTED)}`)
    const pairs = text
      .trim()
      .split('\n')
      .map((line) => line.split(': '))
    return new Map(pairs.map(([counter = '', value]) => [counter, Number(value)]))
  }

  it.skipIf(missing !== '').for(ROWS)(`$what ${missing}`, async (row, { expect }) => {
    const before = await counters()
    const had = linesOf(log).length
    const { status, body } = parse(await ask(port, row.request))
    expect(`${status} ${body}`).toBe(row.answer)
    const growth = async (): Promise<object> => {
      const grown = [...(await counters())].map(([counter, value]) => [counter, value - (before.get(counter) ?? 0)] as const)
      return Object.fromEntries(grown.filter(([, by]) => by > 0))
    }
    await expect.poll(growth).toEqual(row.counts)
    const lines = (): string[] => linesOf(log).slice(had)
    await expect.poll(() => lines().length).toBe(row.counts['http.e2e.downstream_rq_total'])
    if (row.log !== undefined) expect(lines()).toEqual(row.log)
  })
})

function post(path: string, size: number): string {
  return `POST ${path} HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n`
}

/** However often it begins anew, a request is answered once. */
function streams(count: number): Record<string, number> {
  return { 'http.e2e.downstream_rq_total': count, 'http.e2e.downstream_rq_completed': 1 }
}

function linesOf(log: string): string[] {
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []
}

/** Asked for `/302/rest` it redirects to `/rest`; else it answers 200 with method, path and length of the body. */
function upstream(): RawServer {
  const server: RawServer = new RawServer((socket, _text, connection) => {
    const received = server.received[connection]!
    const at = received.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/.exec(received)?.[1] ?? 0)
    if (at < 0 || received.length < at + 4 + length) return
    server.received[connection] = ''
    const [, status, rest] = /^\w+ \/(30\d)(\S*)/.exec(received) ?? []
    const body = `${received.split(' ', 2).join(' ')} ${received.length - at - 4}`
    if (status === undefined) socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    else socket.write(`HTTP/1.1 ${status} X\r\nlocation: http://a.test${rest}\r\ncontent-length: 0\r\n\r\n`)
  })
  return server
}

function configure(port: number, at: number, path: string): object {
  const target = { '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog', path }
  const line =
    '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %ROUTE_NAME% %UPSTREAM_CLUSTER% %RESP(LOCATION)% ' +
    '%BYTES_RECEIVED% %BYTES_SENT%\n'
  const log_format = { text_format_source: { inline_string: line } }
  const limits = [{ name: 'all', token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: '3600s' } }]
  const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: JSON.stringify({ limits }) }
  const limit = { per_connection_buffer_limit_bytes: 65_536 }
  return bootstrap({
    ports: [at],
    cluster: limit,
    listener: { address: address(port), ...limit },
    filters: [wasmFilter(LIMITER, { configuration })],
    http: {
      route_config: {
        virtual_hosts: [{ name: 'all', domains: ['*'], routes: routes(), typed_per_filter_config: limiter(false) }],
      },
      access_log: [{ name: 'log', typed_config: { ...target, log_format } }],
    },
  })
}

/** The filter that takes one request runs on `/302/f` and where that leads. */
function routes(): object[] {
  const internal_redirect_policy = { max_internal_redirects: 2, redirect_response_codes: [302, 303, 307] }
  const again = { cluster: 'up', internal_redirect_policy }
  return [
    { match: { prefix: '/302/f' }, route: again, typed_per_filter_config: limiter(true) },
    { match: { prefix: '/f' }, route: { cluster: 'up' }, typed_per_filter_config: limiter(true) },
    { name: 'again', match: { prefix: '/30' }, route: again },
    { name: 'target', match: { prefix: '/t' }, route: { cluster: 'up' } },
    { name: 'direct', match: { prefix: '/direct' }, direct_response: { status: 203, body: { inline_string: 'here' } } },
  ]
}

function limiter(runs: boolean): object {
  return {
    guest: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', ...(runs ? { config: {} } : { disabled: true }) },
  }
}
