/**
 * An upstream that is killed, frozen, slow or gone, in the host and in a real Envoy: what clients get and the access log says,
 * that requests are answered again as soon as it is back, and that nothing of the failure stays.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse, RawClient } from '../host/setup.ts'
import { ChaosProxy, KINDS } from './proxies.ts'
import { UpstreamProcess } from './upstream-process.ts'

/** Of the route, seconds. */
const ROUTE_TIMEOUT = 0.5
const CLIENTS = 8

interface Row {
  readonly what: string
  /** See upstream-main.ts. */
  readonly path: string
  /** When something is done to the upstream: before requests come, once all wait, or once all answers have begun. */
  readonly when: 'before' | 'waiting' | 'answering'
  readonly deed: 'kill' | 'freeze' | null
  readonly log: string
  /** Of an answer that comes whole; null = the head is the upstream's, and then the connection is cut. */
  readonly body: string | null
  readonly status: number
}

const BEFORE = 'upstream connect error or disconnect/reset before headers. reset reason: '

const ROWS: readonly Row[] = [
  {
    what: 'killed between requests',
    path: '/ok',
    when: 'before',
    deed: 'kill',
    status: 503,
    log: '503 UF upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
    body: `${BEFORE}remote connection failure`,
  },
  {
    what: 'killed before the answer',
    path: '/hang',
    when: 'waiting',
    deed: 'kill',
    status: 503,
    log: '503 UC upstream_reset_before_response_started{connection_termination}',
    body: `${BEFORE}connection termination`,
  },
  {
    what: 'killed within a body with a length',
    path: '/length',
    when: 'answering',
    deed: 'kill',
    status: 200,
    log: '200 UPE upstream_reset_after_response_started{protocol_error}',
    body: null,
  },
  {
    what: 'killed within a chunked body',
    path: '/chunked',
    when: 'answering',
    deed: 'kill',
    status: 200,
    log: '200 UPE upstream_reset_after_response_started{protocol_error}',
    body: null,
  },
  {
    what: 'frozen between requests',
    path: '/ok',
    when: 'before',
    deed: 'freeze',
    status: 504,
    log: '504 UT response_timeout',
    body: 'upstream request timeout',
  },
  {
    what: 'frozen within a body',
    path: '/chunked',
    when: 'answering',
    deed: 'freeze',
    status: 200,
    log: '200 UT response_timeout',
    body: null,
  },
  {
    what: 'hung',
    path: '/hang',
    when: 'waiting',
    deed: null,
    status: 504,
    log: '504 UT response_timeout',
    body: 'upstream request timeout',
  },
  {
    what: 'slow beyond the end of its time',
    path: '/slow',
    when: 'answering',
    deed: null,
    status: 200,
    log: '200 UT response_timeout',
    body: null,
  },
]

describe.each(KINDS)('$name', (kind) => {
  let upstream: UpstreamProcess
  let proxy: ChaosProxy
  const clients: RawClient[] = []

  beforeAll(async () => {
    if (kind.missing !== '') return
    upstream = await UpstreamProcess.start()
    const routes = [{ match: { prefix: '/' }, route: { cluster: 'up', timeout: `${ROUTE_TIMEOUT}s` } }]
    proxy = await ChaosProxy.start(kind, { choices: { ports: [upstream.port], routes, http: { delayed_close_timeout: '0.1s' } } })
  })

  afterAll(async () => {
    await proxy?.stop()
    await upstream?.stop()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await upstream?.revive()
  })

  async function active(): Promise<Record<string, number>> {
    const names = ['http.e2e.downstream_cx_active', 'http.e2e.downstream_rq_active', 'cluster.up.upstream_rq_active']
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await proxy.stat(name)])))
  }

  it.skipIf(kind.missing !== '').each(ROWS)(`an upstream $what${kind.missing}`, async (row) => {
    const { when, deed } = row
    const path = `${row.path}?${ROWS.indexOf(row)}`
    const act = async (): Promise<void> => {
      if (deed === 'kill') await upstream.kill()
      if (deed === 'freeze') upstream.freeze()
    }
    for (let i = 0; i < CLIENTS; i++) clients.push(new RawClient(proxy.port))
    // Connections of the pool that are there when it begins.
    for (const client of clients) await ok(client)
    if (when === 'before') await act()
    for (const client of clients) {
      client.text = ''
      client.send(`GET ${path} HTTP/1.1\r\nhost: a.test\r\n\r\n`)
    }
    if (when === 'waiting') await expect.poll(() => proxy.stat('cluster.up.upstream_rq_active')).toBe(CLIENTS)
    if (when === 'answering') for (const client of clients) await client.until((text) => text.includes('\r\n\r\n'))
    if (when !== 'before') await act()
    const seen = await Promise.all(clients.map((client) => outcome(client, row)))
    expect(seen).toEqual(Array.from({ length: CLIENTS }, () => ({ status: row.status, body: row.body })))
    await expect.poll(() => proxy.log(path)).toEqual(Array.from({ length: CLIENTS }, () => row.log))
    for (const client of clients) client.close()

    await upstream.revive()
    const again = await ok(new RawClient(proxy.port))
    expect(parse(again.text).status).toBe(200)
    again.close()
    await expect.poll(active).toEqual({
      'http.e2e.downstream_cx_active': 0,
      'http.e2e.downstream_rq_active': 0,
      'cluster.up.upstream_rq_active': 0,
    })
  })
})

async function ok(client: RawClient): Promise<RawClient> {
  await client.send('GET /ok HTTP/1.1\r\nhost: a.test\r\n\r\n').until((text) => text.endsWith('ok'))
  return client
}

/** Status, and the body where it is the proxy's own; a connection that is cut has none. */
async function outcome(client: RawClient, { body }: Row): Promise<{ status: number; body: string | null }> {
  const text = body === null ? await client.untilEnd() : await client.until(isWhole)
  const { status, body: seen } = parse(text)
  return { status, body: body === null && !seen.endsWith('0\r\n\r\n') ? null : seen }
}

function isWhole(text: string): boolean {
  const { headers, body } = parse(text)
  return body.length === Number(headers.get('content-length'))
}
