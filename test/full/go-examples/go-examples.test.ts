/** The harness on modules that nobody here wrote: each example of the Go SDK does what its README says. */
import { describe, expect, test } from 'vitest'
import { createTestHost, type TestHost, type TestHostOptions } from '../../../host/testing/index.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { goExamples, type Example } from './build.ts'

const { value: modules, reason } = await fetchOrReason(goExamples)

type Options = Partial<TestHostOptions> & { readonly config?: string; readonly vmConfig?: string }

function start(example: Example, { config, vmConfig, ...options }: Options = {}): TestHost {
  const plugin = { ...(config === undefined ? {} : { config }), ...(vmConfig === undefined ? {} : { vmConfig }) }
  return createTestHost({ filters: [{ wasm: modules!(example), ...plugin }], ...options })
}

const linesOf = (host: TestHost): string[] => host.logs().map(({ text }) => text)

describe.skipIf(modules === null)(`examples of the Go SDK${reason}`, { timeout: 60_000 }, () => {
  test('helloworld logs the time in nanoseconds each second', () => {
    const host = start('helloworld', { startTime: 1_601_543_078_000 })
    host.clock.advance('2s')
    expect(linesOf(host)).toEqual([
      'OnPluginStart from Go!',
      expect.stringMatching(/^It's 1601543079000000000: random value: \d+$/),
      'OnTick called',
      expect.stringMatching(/^It's 1601543080000000000: random value: \d+$/),
      'OnTick called',
    ])
  })

  test('http_headers logs the headers of both ways and the end of the stream', async () => {
    const host = start('http_headers')
    const { upstream } = await host.request({ path: '/uuid', headers: { accept: '*/*' }, upstream: { body: 'example body' } })
    expect(upstream[0]?.header('test')).toBe('best')
    expect(linesOf(host)).toEqual(
      expect.arrayContaining([
        'request header --> :path: /uuid',
        'request header --> accept: */*',
        'response header <-- :status: 200',
        'response header <-- content-length: 12',
        '2 finished',
      ]),
    )
  })

  test.each([
    ['prepend', '[this is prepended body][initial body]'],
    ['append', '[initial body][this is appended body]'],
    ['replace', '[this is replaced body]'],
  ])('http_body changes a request body: %s', async (operation, body) => {
    const host = start('http_body', { config: 'body-set' })
    for (const size of [3, 100]) {
      const headers = { 'buffer-operation': operation }
      const { upstream } = await host.request({ method: 'PUT', headers, body: '[initial body]', split: { size } })
      expect(upstream[0]?.text).toBe(body)
    }
  })

  test('http_body wants a length, and echoes when it is told to', async () => {
    expect(await start('http_body', { config: 'body-set' }).request()).toMatchObject({
      status: 400,
      text: 'content must be provided',
      upstream: [],
    })
    const echo = start('http_body', { config: 'echo' })
    expect(await echo.request({ method: 'PUT', body: 'hello', split: { count: 5 } })).toMatchObject({
      status: 200,
      text: 'hello',
    })
  })

  test.each([
    ['{"uuid": "2"}', 200, 'access granted'],
    ['{"uuid": "1"}', 403, 'access forbidden'],
  ])('http_auth_random lets the hash of a callout decide: %s', async (body, status, line) => {
    const host = start('http_auth_random', {
      clusters: { up: 'upstream', httpbin: 'upstream' },
      upstream: ({ isCallout }) => (isCallout ? { body, headers: { 'content-type': 'application/json' } } : { body: 'welcome' }),
    })
    const response = await host.request({ path: '/uuid' })
    expect(response.status).toBe(status)
    expect(response.header('powered-by')).toBe(status === 403 ? 'proxy-wasm-go-sdk!!' : null)
    expect(response.text).toBe(status === 403 ? 'access forbidden' : 'welcome')
    expect(linesOf(host)).toEqual(
      expect.arrayContaining([
        'http call dispatched to httpbin',
        'response header from httpbin: :status: 200',
        'response header from httpbin: content-type: application/json',
        line,
      ]),
    )
  })

  test('http_routing sends a share of requests to the canary by changing the authority', async () => {
    const host = start('http_routing')
    const hosts: (string | null | undefined)[] = []
    for (let i = 0; i < 40; i++) hosts.push((await host.request({ headers: { host: 'mesh' } })).upstream[0]?.header('host'))
    const canaries = hosts.filter((name) => name === 'mesh-canary').length
    expect(new Set(hosts)).toEqual(new Set(['mesh', 'mesh-canary']))
    expect(canaries).toBeGreaterThan(5)
    expect(canaries).toBeLessThan(35)
  })

  test('metrics counts requests and reads its counter', async () => {
    const host = start('metrics')
    for (let i = 0; i < 3; i++) await host.request()
    expect(linesOf(host)).toEqual(
      [0, 1, 2].flatMap((value) => [`previous value of proxy_wasm_go.request_counter: ${value}`, 'incremented']),
    )
    expect(host.metrics()).toEqual({ 'proxy_wasm_go.request_counter': 3 })
    expect(host.prometheus()).toContain('# TYPE proxy_wasm_go_request_counter counter\nproxy_wasm_go_request_counter{} 3\n')
  })

  test('network logs what a connection carries', () => {
    const host = start('network', { tcp: {} })
    const { client, upstream } = host.tcp()
    client.send('GET /uuid HTTP/1.1\r\n\r\n')
    upstream.send('HTTP/1.1 200 OK\r\n\r\nexample body')
    client.end()
    upstream.end()
    expect([client.text, upstream.text]).toEqual(['HTTP/1.1 200 OK\r\n\r\nexample body', 'GET /uuid HTTP/1.1\r\n\r\n'])
    expect(linesOf(host)).toEqual([
      'new connection!',
      '>>>>>> downstream data received >>>>>>\nGET /uuid HTTP/1.1\r\n\r\n',
      'remote address: 127.0.0.1:10001',
      '<<<<<< upstream data received <<<<<<\nHTTP/1.1 200 OK\r\n\r\nexample body',
      'downstream connection close!',
      'connection complete!',
    ])
    expect(host.metrics()).toEqual({ 'proxy_wasm_go.connection_counter': 1 })
  })

  test('shared_data counts over all VMs', async () => {
    const wasm = modules!('shared_data')
    const host = createTestHost({ filters: [{ wasm }, { wasm, vmConfig: 'another VM' }] })
    for (let i = 0; i < 3; i++) await host.request()
    const values = linesOf(host).filter((line) => line.startsWith('shared value: '))
    expect(values.map((line) => Number(line.slice('shared value: '.length)) % 10)).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('shared_queue carries headers and hashes of bytes to another VM', async () => {
    const queues = ['http_request_headers', 'http_response_headers', 'tcp_data_hashes']
    const receivers = queues.map((config) => ({ wasm: modules!('shared_queue/receiver'), config, vmId: 'receiver' }))
    const sender = { wasm: modules!('shared_queue/sender'), vmId: 'sender' }
    const http = createTestHost({ filters: [{ ...sender, config: 'http' }], services: receivers })
    await http.request({ headers: { host: 'localhost:18000' }, upstream: { body: 'example body' } })
    expect(linesOf(http)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^queue "tcp_data_hashes" registered as queueID=3 by contextID=\d+$/),
        'enqueued data: {"key": ":authority","value": "localhost:18000"}',
        expect.stringMatching(
          /^\(contextID=\d+\) dequeued data from http_request_headers\(queueID=1\): {"key": ":authority","value": "localhost:18000"}$/,
        ),
        expect.stringMatching(
          /^\(contextID=\d+\) dequeued data from http_response_headers\(queueID=2\): {"key": "content-length","value": "12"}$/,
        ),
      ]),
    )
    const tcp = createTestHost({ filters: [{ ...sender, config: 'tcp' }], services: receivers, tcp: {} })
    const connection = tcp.tcp()
    connection.upstream.send('bytes')
    expect(linesOf(tcp).at(-1)).toMatch(/^\(contextID=\d+\) dequeued data from tcp_data_hashes\(queueID=3\): [0-9a-f]{32}$/)
  })

  test('vm_plugin_configuration reads both configurations at its start', () => {
    const host = start('vm_plugin_configuration', {
      vmConfig: '{"name": "vm configuration"}',
      config: '{"name": "plugin configuration"}',
    })
    expect(linesOf(host)).toEqual(['vm config: {"name": "vm configuration"}', 'plugin config: {"name": "plugin configuration"}'])
  })

  test('foreign_call_on_tick compresses', () => {
    const host = start('foreign_call_on_tick')
    host.clock.advance('2ms')
    const result = '789ccb48cdc9c95728cf2fca495104001e89047e'
    expect(linesOf(host).slice(1)).toEqual([1, 2].map((call) => `foreign function (compress) called: ${call}, result: ${result}`))
  })

  test('dispatch_call_on_tick calls a service each tick', () => {
    const host = start('dispatch_call_on_tick', {
      clusters: { up: 'upstream', web_service: 'upstream' },
      upstream: ({ path }) => ({ status: path === '/ok' ? 200 : 503 }),
    })
    host.clock.advance('1s')
    const called = linesOf(host).filter((line) => line.startsWith('called '))
    expect(called).toEqual(Array.from({ length: 10 }, (_, index) => `called ${index + 1} for contextID=1`))
    expect(new Set(host.upstreamRequests.map(({ path }) => path))).toEqual(new Set(['/ok', '/fail']))
  })

  test('postpone_requests holds requests until the next tick', async () => {
    const host = start('postpone_requests')
    const [first, second] = [host.open(), host.open()]
    host.clock.advance('999ms')
    expect([first.isDone, second.isDone]).toEqual([false, false])
    host.clock.advance('1ms')
    expect([(await first.done()).status, (await second.done()).status]).toEqual([200, 200])
    expect(linesOf(host)).toEqual([
      'postpone request with contextID=2',
      'postpone request with contextID=3',
      'resume request with contextID=2',
      'resume request with contextID=3',
    ])
  })
})
