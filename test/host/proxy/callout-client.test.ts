import { describe, expect, it } from 'vitest'
import { ClusterManager } from '../../../host/cluster/cluster-manager.ts'
import type { HttpCalloutResponse } from '../../../host/hostcalls/services.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { MAX_CALLOUT_RESPONSE } from '../../../host/hostcalls/http-collector.ts'
import { CalloutClient } from '../../../host/proxy/callout-client.ts'
import { RouterFactory } from '../../../host/proxy/router.ts'
import { RouterStats } from '../../../host/proxy/router-stats.ts'
import { TimeoutPool } from '../../../host/proxy/timeout-pool.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { NO_TAP } from '../../../host/tap/tap-point.ts'
import { systemClock } from '../../../host/util/clock.ts'
import { clusterConfig, clusterContext, FakeConnector, FakeTimers, startOfRange } from '../cluster/fakes.ts'

const TIMEOUT = 500

async function setUp(endpoints = 1) {
  const stats = createStatsStore({ writers: 1 })
  const timers = new FakeTimers()
  const connector = new FakeConnector()
  const clusters = new ClusterManager(clusterContext({ stats, timers, connectorFor: () => connector }))
  await clusters.addOrUpdate({ name: 'c', identity: '1', value: clusterConfig({ endpoints }) })
  const routers = new RouterFactory({
    clusters,
    clock: systemClock,
    random: startOfRange,
    timeouts: new TimeoutPool(timers),
    config: { suppressEnvoyHeaders: false },
    stats: new RouterStats(stats, 'async-client'),
    tap: NO_TAP,
    internalRouters: null,
  })
  const client = new CalloutClient(clusters, systemClock, routers, NO_TAP)
  const ends: (HttpCalloutResponse | null)[] = []
  const headers = HeaderMap.from([
    [':method', 'POST'],
    [':path', '/p'],
    [':authority', 'a.test'],
    ['x-own', '1'],
  ])
  const send = (more: { cluster?: string; body?: Buffer | null; timeoutMillis?: number } = {}) =>
    client.send({ cluster: 'c', headers, body: null, timeoutMillis: TIMEOUT, ...more }, (response) => ends.push(response))
  const connect = () => {
    connector.connections[0]!.events.onConnected()
    return connector.connections[0]!.streams[0]!
  }
  return { client, connector, timers, stats, ends, headers, send, connect }
}

describe('CalloutClient', () => {
  it('knows clusters by name', async () => {
    const { client } = await setUp()
    expect([client.hasCluster('c'), client.hasCluster('d')]).toEqual([true, false])
  })

  it('sends own headers, length, origin and timeout in the order of Envoy', async () => {
    const { send, connect, headers } = await setUp()
    send({ body: Buffer.from('body') })
    expect(connect().calls).toEqual(['head', 'data 4 end'])
    const own = 'x-own,1,content-length,4'
    expect(String(headers.fields.slice(6))).toBe(`${own},x-envoy-internal,true,x-envoy-expected-rq-timeout-ms,${TIMEOUT}`)
  })

  it('names no timeout when there is none', async () => {
    const { send, headers } = await setUp()
    send({ timeoutMillis: 0 })
    expect(headers.has('x-envoy-expected-rq-timeout-ms')).toBe(false)
  })

  it('delivers head, body and trailers of the answer together', async () => {
    const { send, connect, ends } = await setUp()
    send()
    const { receiver } = connect()
    receiver.head(HeaderMap.from([[':status', '200']]), false)
    receiver.data(Buffer.from('<<ab>>'), 2, 4, false)
    receiver.data(Buffer.from('c'), 0, 1, false)
    expect(ends).toEqual([])
    receiver.trailers(HeaderMap.from([['t', '1']]))
    const [end] = ends
    expect([end?.headers.get(':status'), end?.body.toString(), end?.trailers?.fields]).toEqual(['200', 'abc', ['t', '1']])
    expect(end?.headers.has('x-envoy-upstream-service-time')).toBe(true)
  })

  it.each([
    {
      title: 'a refused connection',
      act: ({ connector }: Awaited<ReturnType<typeof setUp>>) =>
        connector.connections[0]!.events.onClosed('remote_connection_failure', ''),
      status: '503',
      body: 'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
    },
    {
      title: 'a timeout',
      act: ({ timers }: Awaited<ReturnType<typeof setUp>>) => timers.fire(TIMEOUT),
      status: '504',
      body: 'upstream request timeout',
    },
  ])('answers $title as the router does', async ({ act, status, body }) => {
    const set = await setUp()
    set.send()
    act(set)
    expect(set.ends.map((end) => end?.headers.fields)).toEqual([
      [':status', status, 'content-length', String(body.length), 'content-type', 'text/plain'],
    ])
    expect(set.ends[0]?.body.toString()).toBe(body)
  })

  it('says null for an answer that was cut', async () => {
    const { send, connect, ends } = await setUp()
    send()
    const { receiver } = connect()
    receiver.head(HeaderMap.from([[':status', '200']]), false)
    receiver.onReset('protocol_error', '')
    expect(ends).toEqual([null])
  })

  it('gives up an answer beyond the limit', async () => {
    const { send, connect, ends } = await setUp()
    send()
    const stream = connect()
    stream.receiver.head(HeaderMap.from([[':status', '200']]), false)
    const half = Buffer.alloc(MAX_CALLOUT_RESPONSE / 2)
    stream.receiver.data(half, 0, half.length, false)
    stream.receiver.data(half, 0, half.length, false)
    expect(ends).toEqual([])
    stream.receiver.data(Buffer.alloc(1), 0, 1, false)
    expect(ends).toEqual([null])
    expect(stream.calls).toEqual(['head', 'reset'])
  })

  it('cannot send without an endpoint, and calls nobody back', async () => {
    const { send, ends } = await setUp(0)
    expect([send(), ends]).toEqual([null, []])
  })

  it.each(['a\rb', 'a\nb', 'a\0b'])('cannot send the value %j', async (value) => {
    const { send, headers, connector } = await setUp()
    headers.push('x-bad', value)
    expect([send(), connector.connections]).toEqual([null, []])
  })

  it('calls nobody back after cancel', async () => {
    const { send, connect, ends } = await setUp()
    const callout = send()
    const stream = connect()
    callout!.cancel()
    callout!.cancel()
    expect(stream.calls).toEqual(['head', 'reset'])
    expect(ends).toEqual([])
  })
})
