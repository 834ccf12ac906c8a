import { describe, expect, test } from 'vitest'
import type { HttpConnectionManagerConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import type { HttpHost, StreamMap } from '../../../host/plugin/stream-host.ts'
import { RouteTable } from '../../../host/route/route-table.ts'
import { clusterAction, NO_MUTATIONS, tableConfig } from '../route/fixture.ts'
import { Chain, routeConfig } from './fixture.ts'
import type { FilterScript } from './fixture.ts'

const DATE = 'date: Thu, 01 Jan 2026 00:00:00 GMT'

const answer = (headers: Record<string, string>, config: Partial<HttpConnectionManagerConfig> = {}) => {
  const chain = new Chain({ config })
  const client = chain.open({ 'x-request-id': 'id-1' })
  chain.upstream.answer(200, null, headers)
  return client.lines
}

describe('response head', () => {
  test.each<[string, Record<string, string>, Partial<HttpConnectionManagerConfig>, string[]]>([
    ['date and server come last', { 'x-a': '1' }, {}, ['x-a: 1', DATE, 'server: envoy']],
    [
      'both keep their place when the upstream sent them',
      { server: 'up', date: 'then', 'x-a': '1' },
      {},
      ['server: envoy', 'date: then', 'x-a: 1'],
    ],
    [
      'what belongs to the connection is removed',
      { connection: 'close, x-b', 'keep-alive': '1', 'transfer-encoding': 'chunked', upgrade: 'x', 'x-b': '1' },
      {},
      ['x-b: 1', DATE, 'server: envoy'],
    ],
    ['APPEND_IF_ABSENT', { server: 'up' }, { serverHeader: 'APPEND_IF_ABSENT' }, ['server: up', DATE]],
    ['PASS_THROUGH', {}, { serverHeader: 'PASS_THROUGH' }, [DATE]],
    [
      'request id and via',
      {},
      { alwaysSetRequestIdInResponse: true, via: 'sluice' },
      [DATE, 'server: envoy', 'x-request-id: id-1', 'via: sluice'],
    ],
  ])('%s', (_name, headers, config, lines) => {
    expect(answer(headers, config)).toEqual([':status: 200', ...lines])
  })

  test('the date follows the clock', () => {
    const chain = new Chain()
    chain.time.advance('1500ms')
    const client = chain.open()
    chain.upstream.answer(200)
    expect(client.response!.get('date')).toBe('Thu, 01 Jan 2026 00:00:01 GMT')
  })

  test('an answer before the end of the request ends the connection', () => {
    const chain = new Chain()
    const early = chain.open({}, false)
    chain.upstream.answer(200)
    const complete = chain.open()
    chain.upstream.answer(200)
    expect([early.isClosing, complete.isClosing]).toEqual([true, false])
  })

  test('a head that comes in pieces takes time from its first one', () => {
    const chain = new Chain({ config: { streamIdleTimeout: 100, requestTimeout: 0 } })
    const client = chain.connect()
    client.stream.headBegun()
    chain.time.advance('100ms')
    expect([client.status, client.body]).toEqual([408, 'stream timeout'])
  })

  test('a connection that ends with a local reply made at once lingers', () => {
    const chain = new Chain()
    const refused = chain.open({ ':path': '*' })
    const answered = chain.open()
    chain.upstream.answer(200)
    expect([refused.isLingering, answered.isLingering]).toEqual([true, false])
  })

  test('interim answers of the upstream are not passed on', () => {
    const chain = new Chain()
    const client = chain.open()
    chain.upstream.stream.informational(HeaderMap.from([[':status', '103']]))
    expect([client.response, chain.take()]).toEqual([null, ['up.head end']])
  })
})

/** A filter that changes a map in its headers callback. */
function changing(type: StreamMap, change: (map: HeaderMap) => void): FilterScript {
  const callback = ({ host }: { host: HttpHost }) => {
    change(host.headerMap(type, true)!)
    if (type === 0) host.requestHeadersChanged()
  }
  return type === 0 ? { reqh: callback } : { resh: callback }
}

describe('what filters may have broken', () => {
  const request = 'filter_removed_required_request_headers'
  test.each<[string, (map: HeaderMap) => void, number, string, string, string]>([
    [':path removed', (map) => void map.remove(':path'), 404, '', 'route_not_found', 'NR'],
    [':path empty', (map) => map.set(':path', ''), 404, '', 'route_not_found', 'NR'],
    [
      ':method removed',
      (map) => void map.remove(':method'),
      503,
      'missing required header: :method',
      `${request}{missing_required_header:_:method}`,
      'DPE',
    ],
    [
      'CR LF in a value',
      (map) => map.add('x-a', '1\r\n2'),
      503,
      'invalid header value for: x-a',
      `${request}{invalid_header_value_for:_x-a}`,
      'DPE',
    ],
    [
      'NUL in a value',
      (map) => map.add('x-a', '\0'),
      503,
      'invalid header value for: x-a',
      `${request}{invalid_header_value_for:_x-a}`,
      'DPE',
    ],
    [
      'blank in a name',
      (map) => map.add('x a', '1'),
      503,
      'invalid header name: x a',
      `${request}{invalid_header_name:_x_a}`,
      'DPE',
    ],
    ['no name', (map) => map.add('', '1'), 503, 'invalid header name: ', `${request}{invalid_header_name:_}`, 'DPE'],
  ])('request: %s', (_name, change, status, body, details, flags) => {
    const chain = new Chain({ filters: { A: changing(0, change) } })
    const client = chain.open()
    expect([client.status, client.body]).toEqual([status, body])
    expect(chain.logLines).toEqual([`${status} ${details} ${flags}`])
    expect(chain.terminals).toEqual([])
  })

  test.each<[string, (map: HeaderMap) => void]>([
    [':authority removed', (map) => void map.remove(':authority')],
    [':scheme removed', (map) => void map.remove(':scheme')],
    ['bytes from 0x80 in a value', (map) => map.add('x-a', '\x80\xff')],
    ['an unknown pseudo header', (map) => map.add(':foo', '1')],
    ['a thousand headers', (map) => Array.from({ length: 1000 }, (_, i) => map.add(`x-${i}`, '1'))],
  ])('request goes on: %s', (_name, change) => {
    const chain = new Chain({ filters: { A: changing(0, change) } })
    chain.open()
    expect(chain.terminals).toHaveLength(1)
  })

  const response = 'filter_removed_required_response_headers'
  test.each<[string, (map: HeaderMap) => void, string, string]>([
    [
      ':status removed',
      (map) => void map.remove(':status'),
      'missing required header: :status',
      `${response}{missing_required_header:_:status}`,
    ],
    [
      ':status joined',
      (map) => map.add(':status', '404'),
      'missing required header: :status',
      `${response}{missing_required_header:_:status}`,
    ],
    [
      ':status text',
      (map) => map.set(':status', 'abc'),
      'missing required header: :status',
      `${response}{missing_required_header:_:status}`,
    ],
    ['all removed', (map) => map.clear(), 'missing required header: :status', `${response}{missing_required_header:_:status}`],
    [
      'CR LF in a value',
      (map) => map.add('x-a', '1\r\n2'),
      'invalid header value for: x-a',
      `${response}{invalid_header_value_for:_x-a}`,
    ],
  ])('response: %s', (_name, change, body, details) => {
    const chain = new Chain({ filters: { A: changing(2, change) } })
    const client = chain.open()
    chain.upstream.answer(200, 'xyz')
    expect([client.status, client.body, client.isComplete]).toEqual([502, body, true])
    expect(chain.logLines).toEqual([`502 ${details} -`])
  })
})

describe('routes', () => {
  test('direct responses and redirects pass the filters and need no upstream', () => {
    const redirect = {
      kind: 'redirect',
      status: 301,
      scheme: '',
      host: '',
      port: 0,
      keepsPort: false,
      path: { kind: 'whole', value: '/new' },
      stripQuery: false,
    } as const
    const direct = { kind: 'direct_response', status: 418, body: Buffer.from('tea'), format: null } as const
    const chain = new Chain({
      filters: { A: {} },
      routes: [routeConfig('/old', { action: redirect }), routeConfig('/', { action: direct })],
    })
    const moved = chain.open({ ':path': '/old?x=1' })
    expect(moved.lines.slice(0, 2)).toEqual([':status: 301', 'location: http://a.test/new?x=1'])
    const tea = chain.open()
    expect([tea.status, tea.body, tea.response!.get('content-type')]).toEqual([418, 'tea', 'text/plain'])
    expect(chain.logLines).toEqual(['301 direct_response -', '418 direct_response -'])
    expect(chain.take()).toContain('A.resh')
  })

  test('a stream keeps the table it started with', () => {
    const chain = new Chain({ filters: { A: { reqh: () => 4 } } })
    const before = chain.open()
    chain.manager.routes = new RouteTable(tableConfig([]))
    const after = chain.open()
    for (const host of chain.filters[0]!.hosts) host.continueStream(0)
    expect([before.status, after.status, chain.terminals.length]).toEqual([0, 404, 1])
    expect(chain.counter('no_route')).toBe(1)
  })

  test('header changes and rewrites happen once, before the upstream', () => {
    const action = clusterAction('up', {
      pathRewrite: { kind: 'prefix', value: '/new' },
      hostRewrite: { kind: 'literal', value: 'b.test' },
    })
    const headers = {
      requestAdd: [{ name: 'x-was', value: '%REQ(:PATH)%', action: 'ADD_IF_ABSENT' as const, keepsEmpty: false }],
      requestRemove: ['x-gone'],
      responseAdd: [],
      responseRemove: ['x-secret'],
    }
    const chain = new Chain({ routes: [routeConfig('/old', { action, headers })] })
    const client = chain.open({ ':path': '/old/p?q=1', 'x-gone': '1' })
    const seen = chain.upstream.headers!
    expect([
      seen.get(':path'),
      seen.get(':authority'),
      seen.get('x-envoy-original-path'),
      seen.get('x-envoy-original-host'),
    ]).toEqual(['/new/p?q=1', 'b.test', '/old/p?q=1', 'a.test'])
    expect([seen.get('x-was'), seen.get('x-gone')]).toEqual(['/old/p?q=1', null])
    chain.upstream.answer(200, null, { 'x-secret': '1' })
    expect(client.response!.has('x-secret')).toBe(false)
  })

  test('a weighted choice stays the same for the whole stream', () => {
    const weighted = clusterAction('', {
      cluster: {
        kind: 'weighted',
        total: 2,
        clusters: ['one', 'two'].map((name) => ({
          cluster: { kind: 'name', name },
          weight: 1,
          headers: NO_MUTATIONS,
          hostRewrite: null,
          metadataMatch: null,
        })),
        valueHeader: null,
      },
    })
    const seen = new Set<string>()
    let before = ''
    const reqh = ({ host }: { host: HttpHost }) => {
      host.resolveRoute()
      before = host.info.clusterName
      host.requestHeadersChanged()
    }
    const chain = new Chain({ filters: { A: { reqh } }, routes: [routeConfig('/', { action: weighted })] })
    for (let i = 0; i < 40; i++) {
      expect(chain.open().stream.info.clusterName).toBe(before)
      seen.add(before)
    }
    expect(seen.size).toBe(2)
  })
})

describe('timeouts', () => {
  test.each<[string, Partial<HttpConnectionManagerConfig>, boolean, string, number, string, string, string]>([
    [
      'idle, request complete',
      { streamIdleTimeout: 1000 },
      true,
      '1s',
      504,
      'stream timeout',
      '504 stream_idle_timeout SI',
      'downstream_rq_idle_timeout',
    ],
    [
      'idle, request incomplete',
      { streamIdleTimeout: 1000 },
      false,
      '1s',
      408,
      'stream timeout',
      '408 stream_idle_timeout SI',
      'downstream_rq_idle_timeout',
    ],
    [
      'request',
      { requestTimeout: 500 },
      false,
      '500ms',
      408,
      'request timeout',
      '408 request_overall_timeout -',
      'downstream_rq_timeout',
    ],
    [
      'duration',
      { maxStreamDuration: 2000 },
      true,
      '2s',
      504,
      'downstream duration timeout',
      '504 max_duration_timeout -',
      'downstream_rq_max_duration_reached',
    ],
  ])('%s', (_name, config, end, after, status, body, log, counter) => {
    const chain = new Chain({ config })
    const client = chain.open({}, end)
    chain.time.advance(Number.parseInt(after, 10) * (after.endsWith('ms') ? 1 : 1000) - 1)
    expect(client.status).toBe(0)
    chain.time.advance(1)
    expect([client.status, client.body]).toEqual([status, body])
    expect(chain.logLines).toEqual([log])
    expect(chain.counter(counter)).toBe(1)
  })

  test('every sign of life restarts the idle timer', () => {
    const chain = new Chain({ config: { streamIdleTimeout: 1000 } })
    const client = chain.open({}, false)
    const signs = [
      () => client.part('a'),
      () => chain.upstream.stream.touch(),
      () => chain.upstream.stream.informational(new HeaderMap()),
      () => chain.upstream.stream.responseHead(HeaderMap.from([[':status', '200']]), false),
      () => chain.upstream.part('x'),
    ]
    for (const sign of signs) {
      chain.time.advance(900)
      sign()
    }
    chain.time.advance(999)
    expect(client.resetReason).toBeNull()
    chain.time.advance(1)
    expect(client.resetReason).toBe('local_reset')
  })

  test('a complete request has no request timeout, a finished stream none at all', () => {
    const chain = new Chain({ config: { requestTimeout: 500, maxStreamDuration: 600, streamIdleTimeout: 700 } })
    const client = chain.open({}, false)
    client.part('', true)
    chain.time.advance(599)
    expect(client.status).toBe(0)
    chain.upstream.answer(200)
    const next = chain.open()
    chain.time.advance(599)
    expect([client.status, next.status]).toEqual([200, 0])
    expect(chain.counter('downstream_rq_timeout')).toBe(0)
  })

  test('streams that follow each other share one set of timers', () => {
    const chain = new Chain({ config: { requestTimeout: 500 } })
    const first = chain.open({}, false)
    first.stream.onReset('connection_termination', '')
    expect(first.stream.timers.stream).toBeNull()
    const second = chain.open()
    expect(second.stream.timers).toBe(first.stream.timers)
    chain.time.advance('1m')
    expect(second.status).toBe(0)
  })

  test('a route has an idle timeout of its own', () => {
    const routes = [
      routeConfig('/never', { action: clusterAction('up', { idleTimeout: 0 }) }),
      routeConfig('/', { action: clusterAction('up', { idleTimeout: 50 }) }),
    ]
    const chain = new Chain({ routes, config: { streamIdleTimeout: 1000 } })
    const never = chain.open({ ':path': '/never' })
    const soon = chain.open()
    chain.time.advance(50)
    expect(soon.status).toBe(504)
    chain.time.advance('1h')
    expect(never.status).toBe(0)
  })
})

describe('back-pressure', () => {
  test('a slow client pauses the upstream, also one that was slow before', () => {
    const chain = new Chain()
    const client = chain.open()
    client.stream.onAboveHighWatermark()
    expect(chain.upstream.paused).toBe(1)
    client.stream.onBelowLowWatermark()
    expect(chain.upstream.paused).toBe(0)
    const held = new Chain({ filters: { A: { reqh: () => 4 } } })
    held.open().stream.onAboveHighWatermark()
    held.filters[0]!.hosts[0]!.continueStream(0)
    expect(held.upstream.paused).toBe(1)
  })

  test('a slow upstream pauses the client', () => {
    const chain = new Chain()
    const client = chain.open({}, false)
    chain.upstream.stream.pauseRequest()
    expect(client.paused).toBe(1)
    chain.upstream.stream.resumeRequest()
    expect(client.paused).toBe(0)
  })
})

describe('what is known of a stream', () => {
  test('sizes, times and identity', () => {
    const chain = new Chain()
    const client = chain.open({ 'x-request-id': 'id' }, false)
    const { info } = client.stream
    chain.time.advance(5)
    client.part('abc', true)
    chain.time.advance(5)
    chain.upstream.answer(200, 'hello')
    expect([info.bytesReceived, info.bytesSent, info.responseCode, info.requestId]).toEqual([3, 5, 200, 'id'])
    const times = [info.requestCompleteMillis, info.firstByteSentMillis, info.completeMillis]
    expect(times.map((time) => time - info.startMillis)).toEqual([5, 10, 10])
    expect([info.routeName, info.virtualHostName, info.clusterName]).toEqual(['route /', '*', 'up'])
  })

  test('a stream that a filter answered has route and cluster in its log, as in Envoy', () => {
    const chain = new Chain({ filters: { a: { reqh: (guest) => guest.reply(403) } } })
    const { info } = chain.open().stream
    expect([info.responseCode, info.routeName, info.clusterName]).toEqual([403, 'route /', 'up'])
  })

  test('statistics by class of status', () => {
    const chain = new Chain()
    for (const status of [200, 204, 404, 503]) {
      chain.open()
      chain.upstream.answer(status)
    }
    chain.open()
    expect(
      ['2xx', '4xx', '5xx', 'total', 'active', 'completed', 'time'].map((name) => chain.counter(`downstream_rq_${name}`)),
    ).toEqual([2, 1, 1, 5, 1, 4, 4])
  })

  test('the terminal sees how far the stream is', () => {
    const chain = new Chain({ filters: { A: { resh: () => 4 } } })
    const client = chain.open({}, false)
    const { stream } = chain.upstream
    expect([stream.requestComplete, stream.responseStarted]).toEqual([false, false])
    client.part('', true)
    stream.responseHead(HeaderMap.from([[':status', '200']]), false)
    expect([stream.requestComplete, stream.responseStarted]).toEqual([true, false])
    chain.filters[0]!.hosts[0]!.continueStream(1)
    expect(stream.responseStarted).toBe(true)
  })
})
