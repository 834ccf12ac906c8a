import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, type TestHostOptions, type UpstreamAnswer } from '../../../host/testing/index.ts'
import { demoModules } from '../../cases/demo.ts'
import { compileGuest } from '../../support/guests.ts'
import { wat } from '../vm/wat.ts'

const wasm = (await demoModules())('demo')

function start(options: Partial<TestHostOptions> = {}): ReturnType<typeof createTestHost> {
  return createTestHost({ filters: [{ wasm, config: 'demo' }], ...options })
}

describe('TestHost.request', () => {
  test('passes request and response through the filter', async () => {
    const host = start()
    const response = await host.request({
      method: 'POST',
      path: '/items?a=1',
      headers: { 'X-Own': 'v' },
      body: 'in',
      upstream: { status: 201, headers: { 'x-from': 'up' }, body: 'out' },
    })
    expect(response).toMatchObject({ status: 201, text: 'out', isReset: false, details: 'via_upstream', flags: '-' })
    expect([response.header('x-seen'), response.header('x-from'), response.header('content-length')]).toEqual(['1', 'up', '3'])
    const [seen] = response.upstream
    expect(seen).toMatchObject({ cluster: 'up', method: 'POST', path: '/items?a=1', text: 'in', isComplete: true })
    expect([seen?.header('host'), seen?.header('x-own'), seen?.header('x-added')]).toEqual(['test.host', 'v', 'demo'])
  })

  test.each([
    ['[2001:db8::1]:4444', '2001:db8::1'],
    ['10.1.2.3:80', '10.1.2.3'],
  ])('tells the address of the client: %s', async (remoteAddress, seen) => {
    const response = await start({ http: { use_remote_address: true } }).request({ connection: { remoteAddress } })
    expect(response.upstream[0]?.header('x-forwarded-for')).toBe(seen)
  })

  test('waits for the clock when the filter holds the request', async () => {
    const host = start()
    const stream = host.open({ path: '/wait', upstream: { body: 'late' } })
    host.clock.advance('199ms')
    expect([stream.isDone, host.upstreamRequests.length]).toEqual([false, 0])
    host.clock.advance('1ms')
    expect(await stream.done()).toMatchObject({ status: 200, text: 'late', tookMillis: 200 })
  })

  test('resolves a promise that was given before the answer came', async () => {
    const host = start()
    const response = host.request({ path: '/wait' })
    host.clock.advance('1s')
    expect(await response).toMatchObject({ status: 200, tookMillis: 200 })
  })

  test('sends chunks and trailers both ways', async () => {
    const response = await start().request({
      method: 'POST',
      chunks: ['ab', 'c'],
      trailers: { 'x-sum': '3' },
      upstream: { chunks: ['d', 'ef'], trailers: { 'x-end': 'yes' } },
    })
    expect([response.text, response.trailers]).toEqual(['def', [['x-end', 'yes']]])
    expect([response.upstream[0]?.text, response.upstream[0]?.trailers]).toEqual(['abc', [['x-sum', '3']]])
  })

  test('answers HEAD with the length and without the body', async () => {
    const response = await start().request({ method: 'HEAD', upstream: { body: 'hello' } })
    expect([response.header('content-length'), response.text, response.isReset]).toEqual(['5', '', false])
  })

  test('runs filters in order, the response in reverse', async () => {
    const filters = ['first', 'second'].map((config) => ({ wasm, name: config, config, vmId: config }))
    const host = start({ filters })
    const response = await host.request()
    expect(response.upstream[0]?.headers.filter(([name]) => name === 'x-added')).toEqual([
      ['x-added', 'first'],
      ['x-added', 'second'],
    ])
    expect(host.logs().map(({ context }) => context.split(' ')[0])).toEqual(['first', 'second'])
  })

  test.each<[UpstreamAnswer, object]>([
    [{ fail: 'close' }, { status: 503, details: 'upstream_reset_before_response_started{connection_termination}', flags: 'UC' }],
    [{ fail: 'reset' }, { status: 503, flags: 'UC' }],
    [
      { fail: 'close_in_body', body: 'abcd' },
      { status: 200, text: 'ab', isReset: true, flags: 'UC' },
    ],
    [
      { fail: 'close_in_body', chunks: ['ab', 'cd'] },
      { status: 200, text: 'ab', isReset: true },
    ],
    [{ fail: 'hang' }, { status: 504, text: 'upstream request timeout', flags: 'UT', tookMillis: 15_000 }],
    [
      { delay: '2s', body: 'slow' },
      { status: 200, text: 'slow', tookMillis: 2000 },
    ],
  ])('shows what an upstream that does %j leads to', async (upstream, wanted) => {
    const host = start()
    const stream = host.open({ upstream })
    host.clock.advance('1m')
    expect(await stream.done()).toMatchObject(wanted)
  })

  test.each([
    ['refused', { status: 503, flags: 'UF' }],
    ['empty', { status: 503, text: 'no healthy upstream', flags: 'UH' }],
  ] as const)('answers for a cluster that is %s', async (kind, wanted) => {
    expect(await start({ clusters: { up: kind } }).request()).toMatchObject(wanted)
  })

  test('tells the filters when the client leaves', async () => {
    const host = start()
    const stream = host.open({ path: '/wait' })
    stream.leave()
    host.clock.advance('1s')
    expect(await stream.done()).toMatchObject({ status: 0, flags: 'DC' })
    expect(host.upstreamRequests).toEqual([])
  })
})

describe('TestHost callouts', () => {
  const auth = { clusters: { up: 'upstream', auth: 'upstream' } } as const

  test('answers them by the same script, told apart by cluster', async () => {
    const upstream = ({ cluster }: { cluster: string }): UpstreamAnswer =>
      cluster === 'auth' ? { headers: { 'x-user': 'alice' } } : { body: 'ok' }
    const host = start({ ...auth, upstream })
    const response = await host.request({ path: '/call', headers: { cookie: 'a=1' } })
    expect([response.text, response.upstream[0]?.header('x-user')]).toEqual(['ok', 'alice'])
    expect(host.upstreamRequests.map((one) => [one.cluster, one.isCallout, one.path])).toEqual([
      ['auth', true, '/verify'],
      ['up', false, '/call'],
    ])
  })

  test('ends them when their time is over', async () => {
    const host = start({ ...auth, upstream: () => ({ fail: 'hang' }) })
    const stream = host.open({ path: '/call' })
    host.clock.advance('999ms')
    expect(stream.isDone).toBe(false)
    host.clock.advance('1ms')
    expect(await stream.done()).toMatchObject({ status: 401, details: 'demo_unknown' })
  })

  test('refuses a call to a cluster that nobody has', async () => {
    expect(await start().request({ path: '/call' })).toMatchObject({ status: 500, details: 'demo_call' })
  })
})

describe('TestHost shows', () => {
  test('metrics, as numbers and as the Prometheus page', async () => {
    const host = start()
    await host.request({ path: '/deny' })
    await host.request({ path: '/12' })
    expect(host.metrics()).toEqual({ 'demo.requests': 2, 'demo.denied': 1, 'demo.path_bytes': { count: 2, sum: 8 } })
    expect(host.prometheus()).toContain('demo_requests{} 2\n')
  })

  test('what the guests log, from the start on', async () => {
    const seen: string[] = []
    const host = start({ onLog: ({ text }) => seen.push(text) })
    await host.request({ path: '/x' })
    expect(host.logs()).toEqual([{ level: 'info', context: 'filter filter', text: 'request for /x' }])
    expect(seen).toEqual(['request for /x'])
  })

  test('the conversation with a guest is the same text in each run, wherever the guest keeps its data', async () => {
    const guest = (at: number): Uint8Array =>
      wat(`(module
        (import "env" "proxy_get_configuration" (func $configuration (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_1_0"))
        (func (export "malloc") (param i32) (result i32) (i32.const ${at + 64}))
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $random (i32.const ${at}) (i32.const 8)))
          (drop (call $configuration (i32.const ${at}) (i32.const ${at + 4})))
          (i32.const 1)))`)
    const texts = [1024, 4096].map((at) =>
      start({ filters: [{ wasm: guest(at), config: 'own' }], transcript: true }).transcript(),
    )
    expect(texts[0]).toContain('  random_get 8 = 0\n  proxy_get_configuration = 0 "own"\n')
    expect(texts[1]).toBe(texts[0])
    const requested = await Promise.all(
      [1, 2].map(async () => {
        const host = start({ transcript: true })
        await host.request({ path: '/items' })
        return host.transcript()
      }),
    )
    expect(requested[1]).toBe(requested[0])
  })

  test('the conversation with a guest', async () => {
    const host = start({ transcript: true })
    await host.request({ path: '/deny' })
    expect(host.transcript()).toMatchInlineSnapshot(`
      "> proxy_on_context_create 1 0
      <
      > proxy_on_vm_start 1 0
      < 1
      > proxy_on_configure 1 4
        proxy_get_buffer_bytes 7 0 4 = 0 "demo"
        proxy_define_metric 0 "demo.requests" = 0 4
        proxy_define_metric 0 "demo.denied" = 0 8
        proxy_define_metric 2 "demo.path_bytes" = 0 6
        proxy_set_tick_period_milliseconds 20 = 0
      < 1
      > proxy_on_context_create 2 1
      <
      > proxy_on_request_headers 2 6 1
        proxy_get_header_map_value 0 ":path" = 0 "/deny"
        proxy_increment_metric 4 1 = 0
        proxy_record_metric 6 5 = 0
        proxy_log 2 "request for /deny" = 0
        proxy_add_header_map_value 0 "x-added" "demo" = 0
        proxy_increment_metric 8 1 = 0
        proxy_send_local_response 403 "demo_denied" "denied" {} -1 = 0
      < 1
      > proxy_on_response_headers 2 3 0
        proxy_add_header_map_value 2 "x-seen" "1" = 0
      < 0
      > proxy_on_delete 2
      <
      "
    `)
  })

  test('the same random numbers in every run', async () => {
    const ids = await Promise.all(
      [1, 1, 2].map(async (seed) => (await start({ seed }).request()).upstream[0]?.header('x-request-id')),
    )
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect([ids[1] === ids[0], ids[2] === ids[0]]).toEqual([true, false])
  })
})

describe('createTestHost refuses', () => {
  test.each<[string, Partial<TestHostOptions>, string]>([
    ['what the filter refuses', { filters: [{ wasm, config: 'refuse' }] }, 'Failed to configure base Wasm plugin'],
    ['a route to a cluster that does not exist', { routes: [{ match: { prefix: '/' }, route: { cluster: 'none' } }] }, 'none'],
    ['a field that Envoy does not have', { http: { no_such_field: 1 } }, 'no_such_field'],
    ['a module that is none', { filters: [{ wasm: new Uint8Array(8) }] }, 'Wasm'],
    ['a file that is not there', { filters: [{ wasm: '/no/such.wasm' }] }, '/no/such.wasm'],
  ])('%s', (_name, options, message) => {
    expect(() => start(options)).toThrow(message)
  })
})

test('runs plugins that are access logs, and plugins without streams', async () => {
  const life = await compileGuest(join(import.meta.dirname, '../../cases/guests/abi/life.ts'))
  const host = start({
    accessLogs: [{ wasm: life, vmId: 'own' }],
    services: [{ wasm: life, vmId: 'other', config: 'tick' }],
  })
  host.clock.advance('50ms')
  await host.request({ path: '/deny' })
  host.close()
  const texts = host.logs().map(({ context, text }) => `${context}: ${text}`)
  expect(texts.filter((text) => /: (log|tick|done|delete) /.test(text))).toEqual([
    'service other: tick 1',
    'log own: log 1 0 /deny 0 403 0 demo_denied',
    'log own: done 1',
    'log own: delete 1',
    'service other: done 1',
    'service other: delete 1',
  ])
})
