import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Chain } from './fixture.ts'

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
