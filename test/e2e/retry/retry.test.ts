/** Requests that are tried again, in the host and in a real Envoy: one row, one route with an upstream of its own. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '../../support/ports.ts'
import { address, ask, bootstrap, parse, RawServer, staticCluster } from '../host/setup.ts'
import { PROXIES, type Proxy } from '../plugins/proxies.ts'

/** What the upstream does with its nth request: a status, or `close` (no answer), `hang`, `none` (nobody listens). */
type Deed = number | 'close' | 'hang' | 'refuse' | { readonly status: number; readonly headers: string }

interface Row {
  readonly what: string
  readonly policy?: object
  /** Of the virtual host. */
  readonly hostPolicy?: object
  readonly timeout?: string
  readonly headers?: string
  readonly body?: string
  readonly deeds: readonly Deed[]
  readonly status: number
  /** Requests that the upstream saw. */
  readonly tries: number
  readonly log?: string
  /** Statistics of the cluster. */
  readonly stats?: Readonly<Record<string, number>>
}

const ROWS: readonly Row[] = [
  { what: 'nothing without a policy', deeds: [503, 200], status: 503, tries: 1, log: '503 - via_upstream' },
  {
    what: '5xx',
    policy: { retry_on: '5xx' },
    deeds: [500, 200],
    status: 200,
    tries: 2,
    log: '200 - via_upstream',
    stats: {
      upstream_rq_retry: 1,
      upstream_rq_retry_success: 1,
      upstream_rq_retry_limit_exceeded: 0,
      upstream_rq_500: 0,
      'retry.upstream_rq_500': 1,
    },
  },
  {
    what: '5xx until none is left',
    policy: { retry_on: '5xx', num_retries: 2 },
    deeds: [500, 501, 502, 200],
    status: 502,
    tries: 3,
    log: '502 URX via_upstream',
    stats: { upstream_rq_retry: 2, upstream_rq_retry_success: 0, upstream_rq_retry_limit_exceeded: 1 },
  },
  { what: 'a policy of the virtual host', hostPolicy: { retry_on: '5xx' }, deeds: [500, 200], status: 200, tries: 2 },
  {
    what: 'the policy of the route alone',
    policy: { retry_on: 'reset' },
    hostPolicy: { retry_on: '5xx' },
    deeds: [500, 200],
    status: 500,
    tries: 1,
  },
  { what: 'no 4xx for 5xx', policy: { retry_on: '5xx' }, deeds: [429, 200], status: 429, tries: 1 },
  { what: 'gateway errors', policy: { retry_on: 'gateway-error' }, deeds: [504, 200], status: 200, tries: 2 },
  { what: 'no 500 for gateway errors', policy: { retry_on: 'gateway-error' }, deeds: [500, 200], status: 500, tries: 1 },
  { what: 'a conflict', policy: { retry_on: 'retriable-4xx' }, deeds: [409, 200], status: 200, tries: 2 },
  {
    what: 'statuses that are named',
    policy: { retry_on: 'retriable-status-codes', retriable_status_codes: [418, 429] },
    deeds: [429, 418, 200],
    status: 418,
    tries: 2,
  },
  {
    what: 'statuses that a header names',
    headers: 'x-envoy-retry-on: retriable-status-codes\r\nx-envoy-retriable-status-codes: 418\r\n',
    deeds: [418, 200],
    status: 200,
    tries: 2,
  },
  {
    what: 'headers that are named',
    policy: { retry_on: 'retriable-headers', retriable_headers: [{ name: 'x-again', string_match: { exact: 'yes' } }] },
    deeds: [{ status: 200, headers: 'x-again: yes\r\n' }, 201],
    status: 201,
    tries: 2,
  },
  {
    what: 'only requests with a header',
    policy: { retry_on: '5xx', retriable_request_headers: [{ name: 'x-safe', present_match: true }] },
    deeds: [500, 200],
    status: 500,
    tries: 1,
  },
  {
    what: 'requests that ask for it, as often as they ask',
    headers: 'x-envoy-retry-on: 5xx\r\nx-envoy-max-retries: 3\r\n',
    deeds: [500, 500, 500, 200],
    status: 200,
    tries: 4,
  },
  {
    what: 'what limits rates, if that is wanted',
    policy: { retry_on: 'envoy-ratelimited' },
    deeds: [{ status: 429, headers: 'x-envoy-ratelimited: true\r\n' }, 200],
    status: 200,
    tries: 2,
  },
  {
    what: 'no 5xx of what limits rates',
    policy: { retry_on: '5xx' },
    deeds: [{ status: 503, headers: 'x-envoy-ratelimited: true\r\n' }, 200],
    status: 503,
    tries: 1,
  },
  {
    what: 'gRPC statuses',
    policy: { retry_on: 'unavailable' },
    headers: 'content-type: application/grpc\r\nte: trailers\r\n',
    deeds: [{ status: 200, headers: 'content-type: application/grpc\r\ngrpc-status: 14\r\n' }, 200],
    status: 200,
    tries: 2,
  },
  { what: 'a connection that ends', policy: { retry_on: 'reset' }, deeds: ['close', 200], status: 200, tries: 2 },
  {
    what: 'a connection that ends, until none is left',
    policy: { retry_on: 'reset' },
    deeds: ['close', 'close', 200],
    status: 503,
    tries: 2,
    log: '503 URX,UC upstream_reset_before_response_started{connection_termination}',
  },
  { what: 'connections for 5xx', policy: { retry_on: '5xx' }, deeds: ['close', 200], status: 200, tries: 2 },
  {
    what: 'no sent request for connect-failure',
    policy: { retry_on: 'connect-failure' },
    deeds: ['close', 200],
    status: 503,
    tries: 1,
  },
  {
    what: 'an endpoint that refuses',
    policy: { retry_on: 'connect-failure', num_retries: 2 },
    deeds: ['refuse'],
    status: 503,
    tries: 0,
    stats: { upstream_rq_retry: 2, upstream_rq_retry_limit_exceeded: 1 },
  },
  {
    what: 'an attempt that takes too long',
    policy: { retry_on: '5xx', per_try_timeout: '0.3s' },
    deeds: ['hang', 200],
    status: 200,
    tries: 2,
    stats: { upstream_rq_per_try_timeout: 1, upstream_rq_timeout: 0 },
  },
  {
    what: 'all attempts that take too long',
    policy: { retry_on: '5xx', per_try_timeout: '0.2s' },
    deeds: ['hang', 'hang'],
    status: 504,
    tries: 2,
    log: '504 URX,UT upstream_per_try_timeout',
    stats: { upstream_rq_per_try_timeout: 2 },
  },
  {
    what: 'no longer than the whole may take',
    policy: { retry_on: '5xx', num_retries: 9, per_try_timeout: '0.3s' },
    timeout: '0.5s',
    deeds: ['hang', 'hang', 200],
    status: 504,
    tries: 2,
    log: '504 UT response_timeout',
  },
  {
    what: 'the body too',
    policy: { retry_on: '5xx' },
    headers: 'content-length: 5\r\n',
    body: 'hello',
    deeds: [503, 200],
    status: 200,
    tries: 2,
  },
  {
    what: 'no body that is too long to keep',
    policy: { retry_on: '5xx' },
    headers: 'content-length: 70000\r\n',
    body: 'x'.repeat(70_000),
    deeds: [503, 200],
    status: 503,
    tries: 1,
    stats: { retry_or_shadow_abandoned: 1, upstream_rq_retry: 0 },
  },
  {
    what: 'no more than the cluster allows',
    policy: { retry_on: '5xx' },
    deeds: [503, 200],
    status: 503,
    tries: 1,
    log: '503 UO via_upstream',
    stats: { upstream_rq_retry: 0, upstream_rq_retry_overflow: 1 },
  },
]

/** Headers that steer the router are taken from inside the mesh only. */
const INTERNAL = {
  use_remote_address: true,
  internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] },
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-retry-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(PROXIES)('$name tries again', ({ name, missing, start }) => {
  const servers: RawServer[] = []
  const tries = ROWS.map((): string[] => [])
  let proxy: Proxy
  let port = 0

  beforeAll(async () => {
    if (missing !== '') return
    const [nobody] = (await freePorts(1)) as [number]
    const ports: number[] = []
    for (const [index, row] of ROWS.entries()) {
      if (row.deeds[0] === 'refuse') ports.push(nobody)
      else ports.push(await upstream(row, tries[index]!, servers).start())
    }
    const started = await start((listener) => configure(listener, ports, join(folder, name)), 1)
    proxy = started.proxy
    port = started.port
  })

  afterAll(async () => {
    await proxy?.stop()
    for (const server of servers) await server.stop()
  })

  it.skipIf(missing !== '').each(ROWS.map((row, index) => ({ ...row, index })))(`$what ${missing}`, async (row) => {
    const { index, headers = '', body = '', log, stats = {} } = row
    const method = body === '' ? 'GET' : 'POST'
    const answer = parse(
      await ask(
        port,
        `${method} / HTTP/1.1\r\nhost: row${index}.test\r\nx-row: ${index}\r\nconnection: close\r\n${headers}\r\n${body}`,
      ),
    )
    const seen = tries[index]!
    expect([answer.status, seen.length]).toEqual([row.status, row.tries])
    for (const request of seen) expect(request.endsWith(`\r\n\r\n${body}`)).toBe(true)
    expect(seen.map((request) => /x-envoy-attempt-count: (\d+)/.exec(request)?.[1])).toEqual(seen.map((_, at) => String(at + 1)))
    for (const [stat, value] of Object.entries(stats)) {
      const text = await proxy.admin(`/stats?filter=^cluster\\.row${index}\\.${stat.replace('.', '\\.')}$`)
      expect([stat, Number(/: (\d+)/.exec(text)?.[1] ?? 0)]).toEqual([stat, value])
    }
    if (log === undefined) return
    await expect.poll(() => lineOf(join(folder, name), index)).toBe(log)
  })
})

function upstream(row: Row, seen: string[], servers: RawServer[]): RawServer {
  const length = row.body?.length ?? 0
  const server: RawServer = new RawServer((socket, _text, connection) => {
    const received = server.received[connection]!
    const at = received.indexOf('\r\n\r\n')
    if (at < 0 || received.length < at + 4 + length) return
    server.received[connection] = ''
    const deed = row.deeds[seen.push(received) - 1] ?? 200
    if (deed === 'close') socket.destroy()
    if (deed === 'close' || deed === 'hang' || deed === 'refuse') return
    const { status, headers } = typeof deed === 'number' ? { status: deed, headers: '' } : deed
    socket.write(`HTTP/1.1 ${status} X\r\n${headers}content-length: 0\r\n\r\n`)
  })
  servers.push(server)
  return server
}

function configure(port: number, ports: readonly number[], log: string): object {
  const target = { '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog', path: log }
  const line = '%REQ(X-ROW)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n'
  const format = { text_format_source: { inline_string: line } }
  const virtual_hosts = ROWS.map(({ policy, hostPolicy, timeout }, index) => ({
    name: `row${index}`,
    domains: [`row${index}.test`],
    include_request_attempt_count: true,
    ...(hostPolicy === undefined ? {} : { retry_policy: hostPolicy }),
    routes: [
      {
        match: { prefix: '/' },
        route: {
          cluster: `row${index}`,
          ...(timeout === undefined ? {} : { timeout }),
          ...(policy === undefined ? {} : { retry_policy: policy }),
        },
      },
    ],
  }))
  const clusters = ROWS.map((row, index) => staticCluster(`row${index}`, [ports[index]!], clusterOf(row)))
  return bootstrap({
    ports: [],
    listener: { address: address(port), per_connection_buffer_limit_bytes: 65_536 },
    http: {
      ...INTERNAL,
      route_config: { virtual_hosts },
      access_log: [{ name: 'log', typed_config: { ...target, log_format: format } }],
    },
    otherClusters: clusters,
  })
}

function clusterOf(row: Row): object {
  const limits = { per_connection_buffer_limit_bytes: 65_536 }
  return row.stats?.['upstream_rq_retry_overflow'] === undefined
    ? limits
    : { ...limits, circuit_breakers: { thresholds: [{ max_retries: 0 }] } }
}

function lineOf(log: string, index: number): string {
  const line = readFileSync(log, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${index} `))
  return line?.slice(String(index).length + 1) ?? ''
}
