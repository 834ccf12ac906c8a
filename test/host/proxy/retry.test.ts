/** Further attempts frame by frame; what they are worth on sockets stands in test/e2e/retry. */
import { fromJson, type JsonObject } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { BuildContext, PROCESS_INPUT } from '../../../host/config/build/context.ts'
import { buildRetry } from '../../../host/config/build/retry.ts'
import { RetryPolicySchema } from '../../../host/config/gen/envoy/config/route/v3/route_components_pb.ts'
import type { RetryConfig } from '../../../host/config/types.ts'
import { answer, begin } from './router-fixture.ts'

/** The buffer limit of the cluster, bytes. */
const LIMIT = 10
/** The wait before another attempt when chance says the least. */
const SOON = 1

function policy(json: JsonObject): RetryConfig {
  return buildRetry(fromJson(RetryPolicySchema, json), [], new BuildContext(PROCESS_INPUT))
}

/** A request whose first attempt is on its way. */
async function tried(json: JsonObject = { retryOn: '5xx' }, body = '') {
  const world = await begin({ action: { retry: policy(json) } })
  world.terminal.head(world.request, body === '')
  world.open[0]!.events.onConnected()
  if (body !== '') world.terminal.data(Buffer.from(body), 0, body.length, false)
  return world
}

describe('Retry', () => {
  it('sends what has come with the next attempt, and what comes later', async () => {
    const { terminal, upstream, timers, open, count } = await tried({ retryOn: '5xx' }, 'abc')
    upstream().receiver.head(answer(503), false)
    expect(upstream().calls).toEqual(['head', 'data 3', 'reset'])
    terminal.data(Buffer.from('de'), 0, 2, false)
    timers.fire(SOON)
    open.at(-1)!.events.onConnected()
    terminal.data(Buffer.from('f'), 0, 1, true)
    expect(open.at(-1)!.streams.at(-1)!.calls).toEqual(['head', 'data 3', 'data 2', 'data 1 end'])
    expect([count('upstream_rq_retry'), count('retry_or_shadow_abandoned')]).toEqual([1, 0])
  })

  it('gives up a body that is too long to keep, and goes on with the attempt that runs', async () => {
    const { terminal, stream, upstream, count } = await tried({ retryOn: '5xx' }, 'x'.repeat(LIMIT + 1))
    terminal.data(Buffer.from('y'), 0, 1, true)
    upstream().receiver.head(answer(503), true)
    expect([stream.calls, count('retry_or_shadow_abandoned'), count('upstream_rq_retry')]).toEqual([['head end'], 1, 0])
  })

  it('answers a body that becomes too long between two attempts with 507', async () => {
    const { terminal, stream, upstream, timers, open, count } = await tried({ retryOn: '5xx' }, 'abc')
    upstream().receiver.head(answer(503), false)
    terminal.data(Buffer.from('x'.repeat(LIMIT)), 0, LIMIT, false)
    expect(stream.reply).toMatchObject({ status: 507, details: 'request_payload_exceeded_retry_buffer_limit' })
    timers.fire(SOON)
    expect([open.length, count('retry_or_shadow_abandoned')]).toEqual([1, 1])
  })

  it('lets the client send again when the upstream that held it is given up', async () => {
    const { stream, upstream } = await tried({ retryOn: '5xx' }, 'abc')
    upstream().receiver.onAboveHighWatermark()
    upstream().receiver.head(answer(503), false)
    expect(stream.calls).toEqual(['pause', 'resume'])
  })

  it('waits no more once the client is gone', async () => {
    const { terminal, upstream, timers, open } = await tried()
    upstream().receiver.head(answer(503), true)
    terminal.cancel('remote_reset')
    timers.fire(SOON)
    expect([open.length, open[0]!.streams.length]).toEqual([1, 1])
  })

  it('gives the place under max_retries back', async () => {
    const { upstream, timers, open, count } = await tried({ retryOn: '5xx', numRetries: 5 })
    for (let attempt = 0; attempt < 5; attempt++) {
      open.at(-1)!.streams.at(-1)!.receiver.head(answer(503), true)
      open.at(-1)!.events.onStreamEnded(true)
      timers.fire(SOON)
    }
    // The cluster allows three at a time.
    expect([count('upstream_rq_retry'), count('upstream_rq_retry_overflow'), upstream().calls.length > 0]).toEqual([5, 0, true])
  })

  it('holds the answer of a further attempt while the client does not read', async () => {
    const { terminal, upstream, timers, open } = await tried()
    terminal.pauseReads()
    terminal.pauseReads()
    terminal.resumeReads()
    upstream().receiver.head(answer(503), false)
    timers.fire(SOON)
    open.at(-1)!.events.onConnected()
    expect(open.at(-1)!.streams.at(-1)!.calls).toEqual(['pause', 'head'])
  })

  it('holds the answer for a client that does not read from the start', async () => {
    const { terminal, request, upstream, open } = await begin()
    terminal.pauseReads()
    terminal.head(request, true)
    open[0]!.events.onConnected()
    expect(upstream().calls).toEqual(['pause', 'head'])
  })

  it('lets the time of an attempt begin with its connection', async () => {
    const { terminal, request, stream, timers, open, upstream } = await begin({
      action: { retry: policy({ perTryTimeout: '3s' }) },
    })
    terminal.head(request, true)
    timers.fire(3000)
    expect(stream.calls).toEqual([])
    open[0]!.events.onConnected()
    timers.fire(3000)
    expect([stream.calls, upstream().calls]).toEqual([['reply 504'], ['head', 'reset']])
  })

  it('lets no time of an attempt end an answer that began before the request had ended', async () => {
    const { terminal, request, stream, timers, open, upstream } = await begin({
      action: { retry: policy({ perTryTimeout: '3s', perTryIdleTimeout: '2s' }) },
    })
    terminal.head(request, false)
    open[0]!.events.onConnected()
    upstream().receiver.head(answer(200), false)
    timers.fire(2000)
    terminal.data(Buffer.from('x'), 0, 1, true)
    timers.fire(3000)
    expect(stream.calls).toEqual(['head'])
    timers.fire(2000)
    expect(stream.calls).toEqual(['head', 'reset upstream_per_try_idle_timeout'])
  })

  it('starts one attempt beside one that is over both its times', async () => {
    const slow = policy({ retryOn: '5xx', numRetries: 5, perTryTimeout: '3s', perTryIdleTimeout: '2s' })
    const { terminal, request, timers, open, count } = await begin({ action: { retry: slow, hedges: true } })
    terminal.head(request, true)
    open[0]!.events.onConnected()
    timers.fire(2000)
    timers.fire(SOON)
    timers.fire(3000)
    timers.fire(SOON)
    expect([open.length, count('upstream_rq_retry')]).toEqual([2, 1])
  })

  it('goes by the route of the first attempt, whatever becomes of the request', async () => {
    const { stream, upstream, timers, open } = await tried()
    stream.route = () => null as never
    upstream().receiver.head(answer(503), true)
    timers.fire(SOON)
    open.at(-1)!.events.onConnected()
    expect(open.at(-1)!.streams.at(-1)!.calls).toEqual(['head'])
  })

  it('keeps nothing of a request whose answer has begun', async () => {
    const { terminal, upstream, count } = await tried({ retryOn: '5xx' }, 'abc')
    upstream().receiver.head(answer(200), false)
    terminal.data(Buffer.alloc(LIMIT), 0, LIMIT, false)
    expect([upstream().calls.at(-1), count('retry_or_shadow_abandoned')]).toEqual([`data ${LIMIT}`, 0])
  })

  it('lets the client send again when an attempt that held it loses', async () => {
    const hedged = { action: { retry: policy({ retryOn: '5xx', perTryTimeout: '3s' }), hedges: true } }
    const { terminal, request, stream, timers, open, upstream } = await begin(hedged)
    terminal.head(request, true)
    open[0]!.events.onConnected()
    upstream().receiver.onAboveHighWatermark()
    timers.fire(3000)
    timers.fire(SOON)
    open[1]!.events.onConnected()
    upstream(1).receiver.head(answer(200), true)
    expect(stream.calls).toEqual(['pause', 'resume', 'head end'])
    expect(upstream().calls).toEqual(['head', 'reset'])
  })
})
