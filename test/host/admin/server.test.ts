import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { beforeEach, describe, expect, test } from 'vitest'
import { AdminServer } from '../../../host/admin/server.ts'
import { SluiceError } from '../../../host/errors.ts'
import {
  CLUSTERS,
  TEXT,
  admin,
  ask,
  calls,
  levelsOf,
  logged,
  loggers,
  origin,
  post,
  stats,
  tapElsewhere,
} from './server-fixture.ts'

describe('AdminServer', () => {
  test('answers an unknown path with the list of endpoints, as /help does', async () => {
    const help = await ask('/help')
    expect(help).toMatchObject({
      status: 200,
      type: TEXT,
      body: expect.stringMatching(/^admin commands are:\n {2}\/: Admin home page\n/),
    })
    expect(help.body).toContain('  /logging (POST): query/change logging levels\n      paths: ')
    expect(await ask('/stats/nope')).toEqual({ status: 404, type: TEXT, body: `invalid path. ${help.body}` })
  })

  test('every endpoint that the help names answers, and those that change something only to POST', async () => {
    const help = (await ask('/help')).body.matchAll(/^ {2}(\S+)( \(POST\))?: /gm)
    const statuses: Record<string, number[]> = {}
    // Else it waits for streams.
    tapElsewhere()
    for (const [, path = ''] of help) statuses[path] = [(await ask(path)).status, (await post(path)).status]
    const [both, onlyPost] = [
      [200, 200],
      [405, 200],
    ]
    expect(statuses).toEqual({
      '/': both,
      '/certs': both,
      '/clusters': both,
      '/config_dump': both,
      '/contention': both,
      '/drain_listeners': onlyPost,
      '/hand_over': onlyPost,
      '/healthcheck/fail': onlyPost,
      '/healthcheck/ok': onlyPost,
      '/help': both,
      '/hot_restart_version': both,
      '/init_dump': both,
      '/listeners': both,
      '/logging': onlyPost,
      '/memory': both,
      '/quitquitquit': onlyPost,
      '/ready': both,
      '/reopen_logs': onlyPost,
      '/reset_counters': onlyPost,
      '/runtime': both,
      '/runtime_modify': [405, 503],
      '/server_info': both,
      '/stats': both,
      '/stats/prometheus': both,
      '/tap': [400, 400],
    })
    expect(await ask('/logging')).toEqual({ status: 405, type: TEXT, body: 'Method GET not allowed, POST required.' })
  })

  test('sends headers that keep caches and sniffers away, and HEAD without a body', async () => {
    const response = await fetch(`${origin}/ready`, { method: 'HEAD' })
    expect(response.headers.get('cache-control')).toBe('no-cache, max-age=0')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await response.text()).toBe('')
  })

  test('the home page links to what can be read and has buttons for the rest', async () => {
    const { type, body } = await ask('/')
    expect(type).toBe('text/html; charset=UTF-8')
    expect(body).toContain('<a href="stats/prometheus">/stats/prometheus</a>')
    expect(body).toContain('<form action="reset_counters" method="post">')
  })

  test('a provider that fails gives 500 and a log line', async () => {
    CLUSTERS.push(null as never)
    const answer = await ask('/clusters')
    CLUSTERS.pop()
    expect(answer).toMatchObject({ status: 500, body: expect.stringContaining('TypeError') })
    expect(logged).toEqual([expect.stringMatching(/^admin: GET \/clusters failed: TypeError/)])
  })

  test('a port in use is an error with the address; stop is harmless then', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const second = new AdminServer(null as never, loggers.get('admin'))
    const error = await second.start({ host: '127.0.0.1', port }).catch((fault: unknown) => fault)
    expect(error).toBeInstanceOf(SluiceError)
    expect(String(error)).toBe(
      `127.0.0.1:${port}: Cannot bind the admin address: seen EADDRINUSE, wanted a free address of this machine [SLUICE_LISTEN_ADDRESS]`,
    )
    await second.stop()
    other.close()
  })

  test('stop closes idle connections, and twice is harmless', async () => {
    await ask('/ready')
    await admin.stop()
    await admin.stop()
    await expect(ask('/ready')).rejects.toThrow('fetch failed')
  })
})

describe('state of the server', () => {
  test('/ready follows the health check', async () => {
    expect(await ask('/ready')).toEqual({ status: 200, type: TEXT, body: 'LIVE\n' })
    expect(await post('/healthcheck/fail')).toEqual({ status: 200, type: TEXT, body: 'OK\n' })
    expect(await ask('/ready')).toEqual({ status: 503, type: TEXT, body: 'DRAINING\n' })
    await post('/healthcheck/ok')
    expect(await ask('/ready')).toMatchObject({ status: 200, body: 'LIVE\n' })
  })

  test('/server_info', async () => {
    expect(JSON.parse((await ask('/server_info')).body)).toEqual({
      version: '1.2.3',
      state: 'LIVE',
      uptime_current_epoch: '42s',
      uptime_all_epochs: '42s',
      hot_restart_version: 'sluice.1',
      command_line_options: { concurrency: 2 },
      node: { id: 'n1' },
    })
  })

  test.each([
    ['/drain_listeners', { isGraceful: false, isInboundOnly: false }],
    ['/drain_listeners?graceful', { isGraceful: true, isInboundOnly: false }],
    ['/drain_listeners?inboundonly&graceful', { isGraceful: true, isInboundOnly: true }],
    ['/reopen_logs', 'reopen'],
    ['/quitquitquit', 'quit'],
  ])('POST %s calls the provider', async (path, call) => {
    expect(await post(path)).toEqual({ status: 200, type: TEXT, body: 'OK\n' })
    await expect.poll(() => calls).toEqual([call])
  })
})

describe('/stats', () => {
  beforeEach(() => {
    stats.counter('http.in.downstream_rq_2xx').add(3)
    stats.gauge('wasmcustom.g')
  })

  test.each([
    ['', 200, TEXT, 'http.in.downstream_rq_2xx: 3\nstats.overflow: 0\nwasmcustom.g: 0\n'],
    ['?usedonly', 200, TEXT, 'http.in.downstream_rq_2xx: 3\n'],
    ['?filter=^wasm.%2b\\.g$', 200, TEXT, 'wasmcustom.g: 0\n'],
    ['?filter=^wasm.+\\.g$', 200, TEXT, 'wasmcustom.g: 0\n'],
    ['?filter=&usedonly=1', 200, TEXT, 'http.in.downstream_rq_2xx: 3\n'],
    ['?filter=((', 400, TEXT, expect.stringMatching(/^Invalid re2 regex: Invalid/)],
    ['?filter=^wasm&invert_filter&usedonly', 200, TEXT, 'http.in.downstream_rq_2xx: 3\n'],
    ['?type=Gauges', 200, TEXT, 'wasmcustom.g: 0\n'],
    ['?type=TextReadouts', 200, TEXT, ''],
    ['?type=toString', 400, TEXT, 'invalid &type= param'],
    ['?histogram_buckets=x', 400, TEXT, 'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)\n\n'],
    ['?format=json&usedonly', 200, 'application/json', '{"stats":[{"name":"http.in.downstream_rq_2xx","value":3}]}'],
    ['?format=toString', 400, TEXT, 'usage: /stats?format=(json|prometheus|text)\n\n'],
  ])('%s', async (query, status, type, body) => {
    expect(await ask(`/stats${query}`)).toEqual({ status, type, body })
  })

  test.each(['/stats/prometheus?usedonly', '/stats?format=prometheus&usedonly'])('%s is the Prometheus page', async (path) => {
    expect(await ask(path)).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4',
      body:
        '# HELP envoy_http_downstream_rq_xx http.downstream_rq_xx\n# TYPE envoy_http_downstream_rq_xx counter\n' +
        'envoy_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="in"} 3\n',
    })
  })

  test('/reset_counters sets counters to zero', async () => {
    await post('/reset_counters')
    expect((await ask('/stats?filter=2xx')).body).toBe('http.in.downstream_rq_2xx: 0\n')
  })
})

describe('/logging', () => {
  test.each([
    ['', 'info', 'info'],
    ['?level=debug', 'debug', 'debug'],
    ['?wasm=trace', 'trace', 'info'],
    ['?paths=wasm:off,http:error', 'off', 'error'],
  ])('POST %s', async (query, wasm, http) => {
    const { status, body } = await post(`/logging${query}`)
    expect(status).toBe(200)
    expect(body).toMatch(/^active loggers:\n {2}admin: /)
    expect(levelsOf(body, 'wasm', 'http')).toEqual([wasm, http])
  })

  test.each([
    ['?level=nope', 'unknown logger level'],
    ['?nope=debug', 'unknown logger name'],
    ['?paths=wasm:off,nope:off', 'unknown logger name'],
    ['?paths=wasm', 'unknown logger level'],
    ['?wasm=debug&http=debug', 'invalid number of parameters'],
  ])('POST %s changes nothing and says why', async (query, fault) => {
    const { status, body } = await post(`/logging${query}`)
    expect(status).toBe(400)
    expect(body.startsWith(`error: ${fault}\n\nusage: /logging?<name>=<level> (change single level)\n`)).toBe(true)
    expect(new Set(levelsOf(body, 'wasm', 'http'))).toEqual(new Set(['info']))
  })
})

describe('/tap', () => {
  const all = { conditions: [], count: 1, bodyLimit: 1024, isUnmasked: false }

  test('prints streams as they end, until its time is over', async () => {
    const answer = await ask('/tap?timeout=1')
    expect(answer).toEqual({ status: 200, type: 'application/x-ndjson', body: '{"a":1}\n{"a":2}\n' })
    expect(calls).toEqual([all, 'over'])
  })

  test('ends when the client leaves', async () => {
    const leaving = new AbortController()
    const response = await fetch(`${origin}/tap`, { signal: leaving.signal })
    await response.body!.getReader().read()
    leaving.abort()
    await expect.poll(() => calls).toEqual([all, 'over'])
  })

  test('says what it is asked for', async () => {
    const query =
      'match=path:/a%3Fb&match=method:POST&match=header:X-User=al=ice&match=header:X-Id&match=status:5xx&match=status:404'
    await ask(`/tap?${query}&match=listener:main&count=3&body=10&timeout=1&unmasked`)
    expect(calls[0]).toEqual({
      conditions: [
        { kind: 'path', value: '/a?b' },
        { kind: 'method', value: 'POST' },
        { kind: 'header', name: 'x-user', value: 'al=ice' },
        { kind: 'header', name: 'x-id', value: null },
        { kind: 'status', from: 500, to: 599 },
        { kind: 'status', from: 404, to: 404 },
        { kind: 'listener', value: 'main' },
      ],
      count: 3,
      bodyLimit: 10,
      isUnmasked: true,
    })
  })

  test.each(['match=path', 'match=path:', 'match=status:6xx', 'match=status:20', 'match=nope:1', 'match='])(
    'refuses %s',
    async (query) => {
      const { status, body } = await ask(`/tap?${query}`)
      expect([status, body]).toEqual([400, expect.stringContaining('wanted path:PREFIX')])
      expect(calls).toEqual([])
    },
  )

  test.each(['count=0', 'count=1001', 'timeout=x', 'body=-1', 'body='])('refuses %s', async (query) => {
    const { status, body } = await ask(`/tap?${query}`)
    expect([status, body]).toEqual([400, expect.stringMatching(/^bad \w+ '.*': wanted a number from 1 to \d+\n$/)])
  })

  test('is one at a time, in the words of Envoy', async () => {
    tapElsewhere()
    const { status, body } = await ask('/tap')
    expect([status, body]).toEqual([400, 'An attached /tap admin stream already exists. Detach it.'])
  })
})
