import { describe, expect, test } from 'vitest'
import { addressFromEnd } from '../../../host/chain/client-address.ts'
import type { HttpConnectionManagerConfig } from '../../../host/config/types.ts'
import { clusterAction } from '../route/fixture.ts'
import { machineAddress } from '../../../host/util/machine-address.ts'
import { Chain, CONNECTION, responseHead, routeConfig } from './fixture.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What the first filter (here: the upstream) sees of a request, uuid shortened. */
function admitted(
  headers: Record<string, string>,
  config: Partial<HttpConnectionManagerConfig> = {},
  connection = CONNECTION,
): string[] {
  const chain = new Chain({ config })
  chain.open(headers, true, connection)
  const { fields } = chain.upstream.headers!
  return Array.from(
    { length: fields.length / 2 },
    (_, i) => `${fields[2 * i]}: ${UUID.test(fields[2 * i + 1]!) ? 'uuid' : fields[2 * i + 1]}`,
  )
}

const PSEUDO = [':authority: a.test', ':path: /', ':method: GET', ':scheme: http']
const ADDED = ['x-forwarded-proto: http', 'x-request-id: uuid']

describe('admitRequest adds headers', () => {
  test.each<[string, Record<string, string>, Partial<HttpConnectionManagerConfig>, string[]]>([
    ['default', { 'x-one': '1' }, {}, ['x-one: 1', ...ADDED]],
    [
      'what the client sent stays',
      { 'x-forwarded-proto': 'https', 'x-request-id': 'mine' },
      {},
      ['x-forwarded-proto: https', 'x-request-id: mine'],
    ],
    ['no request id', {}, { generateRequestId: false }, ['x-forwarded-proto: http']],
    ['via', { via: '1.0 x' }, { via: 'sluice' }, ['via: 1.0 x, sluice', ...ADDED]],
    [
      'edge: addresses, id and scheme are our own',
      { 'x-forwarded-proto': 'https', 'x-request-id': 'mine', 'x-forwarded-for': '8.8.8.8' },
      { useRemoteAddress: true },
      [
        'x-forwarded-proto: http',
        'x-request-id: uuid',
        'x-forwarded-for: 8.8.8.8,10.0.0.9',
        'x-envoy-external-address: 10.0.0.9',
      ],
    ],
    [
      'edge behind one trusted hop',
      { 'x-forwarded-proto': 'https', 'x-forwarded-for': '1.1.1.1, 8.8.8.8' },
      { useRemoteAddress: true, xffNumTrustedHops: 1, preserveExternalRequestId: true },
      [
        'x-forwarded-proto: https',
        'x-forwarded-for: 1.1.1.1, 8.8.8.8,10.0.0.9',
        'x-envoy-external-address: 8.8.8.8',
        'x-request-id: uuid',
      ],
    ],
    [
      'edge that does not append',
      {},
      { useRemoteAddress: true, skipXffAppend: true },
      ['x-forwarded-proto: http', 'x-envoy-external-address: 10.0.0.9', 'x-request-id: uuid'],
    ],
  ])('%s', (_name, headers, config, expected) => {
    expect(admitted(headers, config)).toEqual([...PSEUDO, ...expected])
  })

  test('a loopback peer is written as the address of the machine', () => {
    const connection = { ...CONNECTION, remoteAddress: '127.0.0.1:5', remoteHost: '127.0.0.1', localAddress: '127.0.0.2:80' }
    expect(admitted({}, { useRemoteAddress: true }, connection)).toContain(`x-forwarded-for: ${machineAddress()}`)
  })
})

describe('admitRequest removes headers', () => {
  test('of the connection, and those that it names', () => {
    const headers = {
      'x-named': '1',
      connection: 'close, X-Named, te, x-forwarded-proto',
      'keep-alive': 'timeout=5',
      'proxy-connection': 'close',
      te: 'gzip, trailers',
      'transfer-encoding': 'chunked',
      'http2-settings': 'x',
      upgrade: 'h2c',
      kept: '1',
    }
    expect(admitted(headers)).toEqual([...PSEUDO, 'te: trailers', 'kept: 1', ...ADDED])
    expect(admitted({ te: 'gzip' })).toEqual([...PSEUDO, ...ADDED])
  })

  test('by which a client could steer the proxy', () => {
    const headers = {
      'x-envoy-internal': 'true',
      'x-envoy-retry-on': '5xx',
      'x-envoy-upstream-rq-timeout-ms': '1',
      'x-envoy-foo': '1',
      'x-envoy-original-path': '/p',
    }
    expect(admitted(headers)).toEqual([...PSEUDO, 'x-envoy-foo: 1', 'x-envoy-original-path: /p', ...ADDED])
    expect(admitted(headers, { useRemoteAddress: true })).not.toContain('x-envoy-original-path: /p')
  })
})

describe('admitRequest refuses', () => {
  const normalize = { normalizePath: true, mergeSlashes: true }
  test.each<[string, Record<string, string>, Partial<HttpConnectionManagerConfig>, number, string, boolean]>([
    ['no host', { ':authority': '' }, {}, 400, 'missing_host_header', true],
    ['OPTIONS *', { ':method': 'OPTIONS', ':path': '*' }, {}, 404, 'absolute_path_rejected', false],
    ['path without slash', { ':path': '?x' }, {}, 404, 'absolute_path_rejected', false],
    ['no path', { ':path': '' }, {}, 404, 'missing_path_rejected', false],
    ['# in path', { ':path': '/a#b' }, {}, 400, 'path_normalization_failed', true],
    ['%00', { ':path': '/%00' }, normalize, 400, 'path_normalization_failed', true],
    ['QUERY without a type', { ':method': 'QUERY' }, {}, 400, 'query_missing_content_type', true],
    ['escaped slash', { ':path': '/a%2Fb' }, { escapedSlashes: 'REJECT_REQUEST' }, 400, 'path_normalization_failed', true],
    ['CONNECT without a route', { ':method': 'CONNECT', ':path': '' }, {}, 404, 'route_not_found', false],
    ['upgrade that is not enabled', { connection: 'Upgrade', upgrade: 'websocket' }, {}, 403, 'upgrade_failed', true],
  ])('%s', (_name, headers, config, status, details, closes) => {
    const chain = new Chain({ config })
    const client = chain.open(headers)
    expect([client.status, client.body, client.isClosing, client.isComplete]).toEqual([status, '', closes, true])
    expect(chain.logLines[0]).toBe(`${status} ${details} ${details === 'route_not_found' ? 'NR' : '-'}`)
  })

  test('an escaped slash may send the client to the plain path', () => {
    const chain = new Chain({ config: { escapedSlashes: 'UNESCAPE_AND_REDIRECT' } })
    const client = chain.open({ ':path': '/a%2fb?c=%2f' })
    expect([client.status, client.response!.get('location')]).toEqual([307, '/a/b?c=%2f'])
  })
})

describe('admitRequest changes path and host', () => {
  const OPTIONS = { normalizePath: true }
  test.each<[string, Partial<HttpConnectionManagerConfig>, string]>([
    ['//a//b/./c/../d\\e?x=/../y', {}, '//a//b/./c/../d\\e?x=/../y'],
    ['/a/./b/../c?x=/../y', OPTIONS, '/a/c?x=/../y'],
    ['/a/%2e%2E/c', OPTIONS, '/c'],
    ['/..', OPTIONS, '/'],
    ['/a/b/..', OPTIONS, '/a/'],
    ['/%41%7e%2D%zz%4', OPTIONS, '/A~-%zz%4'],
    ['/%252e%2F', OPTIONS, '/%252e%2F'],
    ['/a/b/.', OPTIONS, '/a/b/'],
    ['/a\\b', OPTIONS, '/a/b'],
    ['/"<>|{}^`', OPTIONS, '/%22%3C%3E%7C%7B%7D%5E%60'],
    ['//a///b', { mergeSlashes: true }, '/a/b'],
    ['/a%5cb', { escapedSlashes: 'UNESCAPE_AND_FORWARD' }, '/a\\b'],
  ])('%s', (path, config, expected) => {
    expect(admitted({ ':path': path }, config)[1]).toBe(`:path: ${expected}`)
  })

  test.each([
    ['A.TEST:8080', 'A.TEST'],
    ['[::1]:80', '[::1]'],
    ['[::1]', '[::1]'],
    ['a.test:x', 'a.test:x'],
  ])('strip_any_host_port: %s', (host, expected) => {
    expect(admitted({ ':authority': host }, { hostChanges: { stripsPort: 'any', stripsDot: false } })[0]).toBe(
      `:authority: ${expected}`,
    )
  })
})

describe('admitRequest finds the client', () => {
  test.each([
    ['8.8.8.8', {}, '8.8.8.8:0'],
    ['1.1.1.1, 8.8.8.8', {}, '8.8.8.8:0'],
    ['1.1.1.1, 8.8.8.8', { xffNumTrustedHops: 1 }, '1.1.1.1:0'],
    ['1.1.1.1', { xffNumTrustedHops: 1 }, '10.0.0.9:4000'],
    ['2001:db8::1', {}, '[2001:db8::1]:0'],
    ['unknown', {}, '10.0.0.9:4000'],
    ['8.8.8.8', { useRemoteAddress: true }, '10.0.0.9:4000'],
  ])('x-forwarded-for %s', (value, config, expected) => {
    const chain = new Chain({ config })
    expect(chain.open({ 'x-forwarded-for': value }).stream.info.sourceAddress).toBe(expected)
  })

  test('addressFromEnd', () => {
    expect([addressFromEnd('', 0), addressFromEnd(',', 0), addressFromEnd('1.1.1.1,', 1)]).toEqual([null, null, '1.1.1.1'])
  })
})

describe('upgrades', () => {
  const headers = { connection: 'keep-alive, Upgrade', upgrade: 'WebSocket' }

  test('an enabled one keeps its headers in both directions, and its open request does not end the connection', () => {
    const chain = new Chain({ config: { upgrades: new Set(['websocket']) } })
    const client = chain.open(headers, false)
    expect([chain.upstream.headers!.get('upgrade'), chain.upstream.headers!.get('connection')]).toEqual([
      'WebSocket',
      'keep-alive, Upgrade',
    ])
    chain.upstream.stream.responseHead(responseHead(101, headers), false)
    client.part('ping')
    chain.upstream.part('pong')
    expect([client.status, client.response!.get('upgrade'), client.isClosing]).toEqual([101, 'WebSocket', false])
    expect([chain.upstream.body, client.body]).toEqual(['ping', 'pong'])
  })

  test.each([
    [new Map([['websocket', true]]), [], 0],
    [new Map([['websocket', false]]), ['websocket'], 403],
  ])('a route decides for itself', (upgrades, enabled, status) => {
    const chain = new Chain({
      config: { upgrades: new Set(enabled) },
      routes: [routeConfig('/', { action: clusterAction('up', { upgrades }) })],
    })
    expect(chain.open(headers, false).status).toBe(status)
  })
})
