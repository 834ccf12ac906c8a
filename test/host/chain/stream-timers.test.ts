import { describe, expect, test } from 'vitest'
import type { HttpConnectionManagerConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { clusterAction } from '../route/fixture.ts'
import { Chain, routeConfig } from './fixture.ts'

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
