/** `/tap` of a running host: what it shows of real requests, and what it leaves alone. */
import { once } from 'node:events'
import { connect, type ClientHttp2Session, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index.ts'
import type { TraceJson } from '../../../host/tap/trace-json.ts'
import { compileGuest } from '../../support/guests.ts'
import { openTap } from '../../support/tap.ts'
import { answering, ask, OK, RawServer, startHost, staticCluster, wasmFilter, type Choices } from './setup.ts'

const AUTH = 'filters/dist/api-key-auth.wasm'
const AUTH_CONFIG = { key_sources: [{ header: 'x-api-key' }], credentials: [{ client: 'bob', key: 'k-bob-0123456789' }] }

const open: { stop(): Promise<unknown> }[] = []
let demo = ''

beforeAll(async () => {
  demo = await compileGuest(join(import.meta.dirname, '../../cases/guests/demo.ts'))
})

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

interface Proxy {
  readonly port: number
  readonly admin: number
  readonly host: Host
}

async function proxy(choices: Partial<Choices>, upstream = answering(OK), concurrency = 1): Promise<Proxy> {
  const { host, port } = await startHost({ ports: [await upstream.start()], admin: true, ...choices }, concurrency)
  open.push(upstream, host)
  return { host, port, admin: host.adminAddress!.port }
}

function auth(): object {
  const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: JSON.stringify(AUTH_CONFIG) }
  return wasmFilter(AUTH, { name: 'auth', root_id: 'auth', configuration })
}

function request(path: string, ...headers: string[]): string {
  return [`GET ${path} HTTP/1.1`, 'host: a.test', 'connection: close', ...headers, '', ''].join('\r\n')
}

const namesOf = (trace: TraceJson): string[] => trace.callbacks.map(({ callback }) => callback)
const valueOf = (headers: readonly { key: string; value: string }[] | undefined, name: string): string | undefined =>
  headers?.find(({ key }) => key === name)?.value

describe('/tap', () => {
  it('shows callbacks, hostcalls and both sides of the request that matches', async () => {
    const { port, admin } = await proxy({ filters: [auth()] })
    const tap = await openTap(admin, 'match=path:/items')
    await ask(port, request('/other', 'x-api-key: k-bob-0123456789'))
    await ask(port, request('/items?a=1', 'x-api-key: k-bob-0123456789'))
    const [trace] = await tap.traces()
    expect(trace).toMatchObject({
      listener: 'main',
      worker: 1,
      protocol: 'HTTP/1.1',
      cluster: 'up',
      response_code: 200,
      response_code_details: 'via_upstream',
      response_flags: '-',
      response: { body: { as_string: 'ok' } },
      upstream: [{ cluster: 'up', response: { body: { as_string: 'ok' } } }],
      callouts: [],
    })
    expect(namesOf(trace!)).toEqual([
      'proxy_on_context_create',
      'proxy_on_request_headers',
      ...namesOf(trace!).slice(2, -2),
      'proxy_on_done',
      'proxy_on_delete',
    ])
    const headers = trace!.callbacks.find(({ callback }) => callback === 'proxy_on_request_headers')!
    expect(headers).toMatchObject({ filter: 'auth', root_id: 'auth', result: 0 })
    expect(headers.duration_us).toBeGreaterThan(0)
    expect(headers.hostcalls.length).toBeGreaterThan(0)
    expect(headers.hostcalls.every(({ status, duration_us: took }) => status === 'Ok' && took >= 0)).toBe(true)
    // As the client sent it, and as the upstream got it.
    expect(valueOf(trace!.request.headers, ':path')).toBe('/items?a=1')
    expect(valueOf(trace!.request.headers, 'x-request-id')).toBeUndefined()
    expect(valueOf(trace!.upstream[0]!.request.headers, 'x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(valueOf(trace!.upstream[0]!.request.headers, 'x-envoy-expected-rq-timeout-ms')).toBe('15000')
    expect(valueOf(trace!.upstream[0]!.response.headers, 'server')).toBeUndefined()
    expect(valueOf(trace!.response.headers, 'server')).toBe('envoy')
  })

  it('hides secrets wherever they stand, unless asked for them', async () => {
    const { port, admin } = await proxy({ filters: [auth()] })
    const secrets = ['x-api-key: k-bob-0123456789', 'authorization: Bearer abcdef.0123', 'cookie: sid=verysecret; theme=dark']
    for (const [query, shows] of [
      ['', false],
      ['unmasked', true],
    ] as const) {
      const tap = await openTap(admin, query)
      await ask(port, request('/items?token=abcdef.0123', ...secrets))
      const [trace] = await tap.traces()
      const text = JSON.stringify(trace)
      for (const secret of ['k-bob-0123456789', 'abcdef.0123', 'verysecret']) expect(text.includes(secret)).toBe(shows)
      expect(trace!.unmasked).toBe(shows ? true : undefined)
    }
  })

  it('finds a stream by its answer and ends after its count', async () => {
    const { port, admin } = await proxy({ filters: [auth()] })
    const tap = await openTap(admin, 'match=status:4xx&count=2')
    await ask(port, request('/1', 'x-api-key: k-bob-0123456789'))
    for (const path of ['/2', '/3', '/4']) await ask(port, request(path))
    const traces = await tap.traces()
    expect(traces.map(({ request: { headers } }) => valueOf(headers, ':path'))).toEqual(['/2', '/3'])
    expect(traces[0]).toMatchObject({ response_code: 401, response_code_details: 'missing_api_key', upstream: [] })
  })

  it('gathers from every worker, is one at a time, and ends by its time', async () => {
    const { port, admin } = await proxy({}, answering(OK), 2)
    const tap = await openTap(admin, 'count=1000&timeout=2')
    await expect(openTap(admin, '')).rejects.toThrow('400 An attached /tap admin stream already exists.')
    for (let i = 0; i < 24; i++) await ask(port, request('/'))
    const traces = await tap.traces()
    expect(traces).toHaveLength(24)
    expect(new Set(traces.map(({ worker }) => worker))).toEqual(new Set([1, 2]))
    // There is room for another one.
    const again = await openTap(admin, '')
    await ask(port, request('/'))
    expect(await again.traces()).toHaveLength(1)
  })

  it('shows the callouts of filters', async () => {
    const side = new RawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nx-user: bob\r\ncontent-length: 4\r\n\r\nside'))
    const sidePort = await side.start()
    open.push(side)
    const filter = wasmFilter(demo, {
      configuration: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: 'yes' },
    })
    const { port, admin } = await proxy({ filters: [filter], otherClusters: [staticCluster('auth', [sidePort])] })
    const tap = await openTap(admin, '')
    await ask(port, request('/call'))
    const [trace] = await tap.traces()
    expect(trace!.callouts).toMatchObject([{ filter: 'guest', cluster: 'auth', response: { body: { as_string: 'side' } } }])
    // The answer comes to the root context; it is shown where it belongs.
    const answered = trace!.callbacks.find(({ callback }) => callback === 'proxy_on_http_call_response')!
    expect(answered.hostcalls.map(({ name, results }) => [name, results])).toContainEqual(['proxy_get_header_map_value', ['bob']])
  })

  it('shows requests of HTTP/2', async () => {
    const { port, admin } = await proxy({ filters: [auth()] })
    const tap = await openTap(admin, 'count=2&match=path:/two')
    const client = connect(`http://127.0.0.1:${port}`)
    const statuses = await Promise.all(['/two/1', '/one', '/two/2'].map((path) => statusOver(client, path)))
    client.close()
    const traces = await tap.traces()
    expect(statuses).toEqual([200, 200, 200])
    expect(traces.map(({ protocol, response_code: code }) => [protocol, code])).toEqual([
      ['HTTP/2', 200],
      ['HTTP/2', 200],
    ])
    expect(new Set(traces.map(({ request: { headers } }) => valueOf(headers, ':path')))).toEqual(new Set(['/two/1', '/two/2']))
    expect(traces[0]!.response.body).toMatchObject({ as_string: 'ok' })
  })

  it('cuts bodies and says so', async () => {
    const { port, admin } = await proxy({}, answering('HTTP/1.1 200 OK\r\ncontent-length: 3000\r\n\r\n' + 'x'.repeat(3000)))
    const tap = await openTap(admin, 'body=100')
    await ask(port, request('/'))
    const [trace] = await tap.traces()
    expect(trace!.response.body).toMatchObject({ as_string: 'x'.repeat(100), truncated: true })
  })

  it('shows a request that cannot be read', async () => {
    const { port, admin } = await proxy({})
    const tap = await openTap(admin, 'match=status:400')
    await ask(port, 'GET / HTTP/1.1\r\nbad header\r\n\r\n')
    const [trace] = await tap.traces()
    expect(trace).toMatchObject({ response_code: 400, response_code_details: 'http1.codec_error', callbacks: [] })
  })
})

async function statusOver(client: ClientHttp2Session, path: string): Promise<number> {
  const stream = client.request({ ':path': path, 'x-api-key': 'k-bob-0123456789' })
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & IncomingHttpStatusHeader]
  stream.resume()
  await once(stream, 'close')
  return headers[':status'] ?? 0
}
