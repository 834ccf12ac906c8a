import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { ResponseFlag } from '../../../host/http/stream-info.ts'
import { answer, begin, matched, ROUTE_TIMEOUT, Stream } from './router-fixture.ts'

describe('RouterStream, answers without an upstream', () => {
  it.each([
    {
      title: 'cluster not found',
      setup: { cluster: 'other' },
      status: 503,
      body: '',
      details: 'cluster_not_found',
      flag: ResponseFlag.NoClusterFound,
    },
    {
      title: 'no endpoint',
      setup: { endpoints: 0 },
      status: 503,
      body: 'no healthy upstream',
      details: 'no_healthy_upstream',
      flag: ResponseFlag.NoHealthyUpstream,
    },
  ])('$title', async ({ setup, status, body, details, flag }) => {
    const { terminal, stream, request } = await begin(setup)
    terminal.head(request, true)
    expect(stream.reply).toEqual({ status, body, details, flags: flag, headers: null })
  })

  it('says overflow with x-envoy-overloaded when the breaker is open', async () => {
    const { terminal, stream, request, count } = await begin({ limits: { maxPendingRequests: 0 } })
    terminal.head(request, true)
    expect(stream.reply?.body).toBe('upstream connect error or disconnect/reset before headers. reset reason: overflow')
    expect([stream.reply?.status, stream.reply?.details, stream.reply?.flags]).toEqual([
      503,
      'upstream_reset_before_response_started{overflow}',
      ResponseFlag.UpstreamOverflow,
    ])
    expect(stream.reply?.headers?.fields).toEqual(['x-envoy-overloaded', 'true'])
    expect([count('upstream_rq_503'), count('upstream_rq_pending_overflow')]).toEqual([1, 1])
  })
})

describe('RouterStream, failures of the upstream', () => {
  it.each([
    ['remote_connection_failure', 503, 'remote connection failure', ResponseFlag.UpstreamConnectionFailure],
    ['connection_termination', 503, 'connection termination', ResponseFlag.UpstreamConnectionTermination],
    ['protocol_error', 502, 'protocol error', ResponseFlag.UpstreamProtocolError],
    ['remote_reset', 503, 'remote reset', ResponseFlag.UpstreamRemoteReset],
  ] as const)('%s before the answer is a %i', async (reason, status, text, flags) => {
    const { terminal, stream, request, open, upstream } = await begin()
    terminal.head(request, true)
    open[0]!.events.onConnected()
    upstream().receiver.onReset(reason, '')
    const body = `upstream connect error or disconnect/reset before headers. reset reason: ${text}`
    const details = `upstream_reset_before_response_started{${text.replaceAll(' ', '_')}}`
    expect(stream.reply).toEqual({ status, body, details, flags, headers: null })
    expect(stream.info.upstreamAddress).toBe('127.0.0.1:1')
  })

  it('puts what the transport saw into the details', async () => {
    const { terminal, stream, request, open } = await begin()
    terminal.head(request, true)
    open[0]!.events.onClosed('remote_connection_failure', 'delayed connect error: Connection refused')
    expect(stream.reply?.details).toBe(
      'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
    )
  })

  it('resets the client once the answer has begun', async () => {
    const { terminal, stream, request, open, upstream } = await begin()
    terminal.head(request, true)
    open[0]!.events.onConnected()
    upstream().receiver.head(answer(200), false)
    upstream().receiver.onReset('connection_termination', '')
    expect(stream.calls).toEqual(['head', 'reset upstream_reset_after_response_started{connection_termination}'])
    expect(stream.info.responseFlags).toBe(ResponseFlag.UpstreamConnectionTermination)
  })
})

describe('RouterStream, timeout', () => {
  it('answers 504 and cuts the upstream', async () => {
    const { terminal, stream, request, open, upstream, timers, count } = await begin()
    terminal.head(request, true)
    open[0]!.events.onConnected()
    timers.fire(ROUTE_TIMEOUT)
    expect([stream.reply?.status, stream.reply?.body, stream.reply?.details, stream.reply?.flags]).toEqual([
      504,
      'upstream request timeout',
      'response_timeout',
      ResponseFlag.UpstreamRequestTimeout,
    ])
    expect(upstream().calls).toEqual(['head', 'reset'])
    expect(count('upstream_rq_timeout')).toBe(1)
  })

  it('runs from the end of the request', async () => {
    const { terminal, stream, request, open, timers } = await begin()
    terminal.head(request, false)
    open[0]!.events.onConnected()
    timers.fire(ROUTE_TIMEOUT)
    expect(stream.reply).toBeNull()
    terminal.data(Buffer.from('x'), 0, 1, true)
    timers.fire(ROUTE_TIMEOUT)
    expect(stream.reply?.status).toBe(504)
  })

  it.each([
    { header: ['x-envoy-upstream-rq-timeout-ms', '200'] as const, millis: 200, status: 504, expected: '200' },
    { header: ['x-envoy-upstream-rq-timeout-ms', 'soon'] as const, millis: ROUTE_TIMEOUT, status: 504, expected: '15000' },
    { header: ['x-envoy-upstream-rq-timeout-alt-response', '1'] as const, millis: ROUTE_TIMEOUT, status: 204, expected: '15000' },
  ])('takes the control header $header', async ({ header, millis, status, expected }) => {
    const { terminal, stream, request, timers } = await begin({ headers: [header] })
    terminal.head(request, true)
    timers.fire(millis)
    expect(stream.reply?.status).toBe(status)
    expect([request.get('x-envoy-expected-rq-timeout-ms'), request.has(header[0])]).toEqual([expected, false])
  })

  it('does not fire after the answer, nor for the stream that takes the timer next', async () => {
    const { terminal, stream, request, open, upstream, timers, router } = await begin()
    terminal.head(request, true)
    open[0]!.events.onConnected()
    upstream().receiver.head(answer(200), true)
    const second = new Stream(request, matched({ timeout: 1 }))
    router.create(second).head(request, true)
    timers.fire(ROUTE_TIMEOUT)
    expect([stream.calls, second.calls]).toEqual([['head end'], []])
    timers.fire(1)
    expect(second.calls).toEqual(['reply 504'])
  })
})

describe('RouterStream, request', () => {
  it('adds the expected timeout unless headers of Envoy are suppressed', async () => {
    const [plain, suppressed] = [await begin(), await begin({ suppress: true })]
    plain.terminal.head(plain.request, true)
    suppressed.terminal.head(suppressed.request, true)
    expect(plain.request.get('x-envoy-expected-rq-timeout-ms')).toBe('15000')
    expect(suppressed.request.has('x-envoy-expected-rq-timeout-ms')).toBe(false)
  })

  it('removes headers that control retries', async () => {
    const { terminal, request } = await begin({
      headers: [
        ['x-envoy-retry-on', '5xx'],
        ['x-envoy-max-retries', '2'],
        ['x-envoy-foo', '1'],
      ],
    })
    terminal.head(request, true)
    expect([request.has('x-envoy-retry-on'), request.has('x-envoy-max-retries'), request.get('x-envoy-foo')]).toEqual([
      false,
      false,
      '1',
    ])
  })

  it('keeps what comes while it waits for a connection, and slows the client beyond the limit', async () => {
    const { terminal, stream, request, open, upstream } = await begin()
    terminal.head(request, false)
    terminal.data(Buffer.from('12345678'), 0, 8, false)
    expect(stream.calls).toEqual([])
    terminal.data(Buffer.from('abcdef'), 1, 5, false)
    terminal.data(Buffer.from('z'), 0, 1, true)
    expect(stream.calls).toEqual(['pause'])
    open[0]!.events.onConnected()
    expect(upstream().calls).toEqual(['head', 'data 8', 'data 4', 'data 1 end'])
    expect(stream.calls).toEqual(['pause', 'resume'])
  })

  it.each([
    { trailers: true, calls: ['head', 'data 1', 'trailers'] },
    { trailers: false, calls: ['head', 'data 1', 'data 0 end'] },
  ])('sends trailers when the cluster takes them: $trailers', async ({ trailers, calls }) => {
    for (const connectsFirst of [true, false]) {
      const { terminal, request, open, upstream } = await begin({ trailers })
      terminal.head(request, false)
      if (connectsFirst) open[0]!.events.onConnected()
      terminal.data(Buffer.from('x'), 0, 1, false)
      terminal.trailers(HeaderMap.from([['a', 'b']]))
      if (!connectsFirst) open[0]!.events.onConnected()
      expect(upstream().calls).toEqual(calls)
    }
  })

  it('passes on slowness of the upstream and of the client', async () => {
    const { terminal, stream, request, open, upstream } = await begin()
    terminal.head(request, false)
    terminal.pauseReads()
    open[0]!.events.onConnected()
    upstream().receiver.onAboveHighWatermark()
    upstream().receiver.onBelowLowWatermark()
    terminal.resumeReads()
    expect(stream.calls).toEqual(['pause', 'resume'])
    expect(upstream().calls).toEqual(['pause', 'head', 'resume'])
  })

  it('cuts the upstream when the client is gone, and forgets a request that waits', async () => {
    const [active, waiting] = [await begin(), await begin()]
    active.terminal.head(active.request, true)
    active.open[0]!.events.onConnected()
    active.terminal.cancel('remote_reset')
    active.upstream().receiver.onReset('connection_termination', '')
    expect([active.upstream().calls, active.stream.calls]).toEqual([['head', 'reset'], []])
    waiting.terminal.head(waiting.request, true)
    waiting.terminal.cancel('remote_reset')
    waiting.open[0]!.events.onConnected()
    expect([waiting.open[0]!.streams, waiting.stream.calls, waiting.count('upstream_rq_cancelled')]).toEqual([[], [], 1])
  })
})

describe('RouterStream, answer', () => {
  it('tells the time that the upstream took, in whole milliseconds', async () => {
    const { terminal, stream, request, open, upstream, clock } = await begin()
    terminal.head(request, true)
    open[0]!.events.onConnected()
    clock.now += 7.9
    upstream().receiver.head(answer(200), false)
    expect(stream.response?.get('x-envoy-upstream-service-time')).toBe('7')
    expect(stream.info.responseCodeDetails).toBe('via_upstream')
  })

  it('does not tell it for an answer before the end of the request, and cuts that request', async () => {
    const { terminal, stream, request, open, upstream } = await begin()
    terminal.head(request, false)
    open[0]!.events.onConnected()
    upstream().receiver.head(answer(413), true)
    expect(stream.response?.has('x-envoy-upstream-service-time')).toBe(false)
    expect(upstream().calls).toEqual(['head', 'reset'])
  })

  it.each([
    { headers: [], origin: 'external' },
    { headers: [['x-envoy-internal', 'true']] as const, origin: 'internal' },
  ])('counts it by class and code, apart for $origin requests', async ({ headers, origin }) => {
    const { terminal, request, open, upstream, count } = await begin({ headers })
    terminal.head(request, true)
    open[0]!.events.onConnected()
    upstream().receiver.head(answer(404), true)
    const names = ['upstream_rq_completed', 'upstream_rq_4xx', 'upstream_rq_404', `${origin}.upstream_rq_4xx`, 'upstream_rq_2xx']
    expect(names.map(count)).toEqual([1, 1, 1, 1, 0])
  })
})
