/** Copies of requests frame by frame; what they are on sockets stands in test/e2e/mirror. */
import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { answer, begin, matched, Stream } from './router-fixture.ts'

const TO_SAME = { cluster: { kind: 'name', name: 'c' }, fraction: 1, host: '', marksHost: true } as const

/** A request with a body to come, and its copy, both on connections. */
async function copied() {
  const world = await begin({ action: { mirrors: [TO_SAME] } })
  world.terminal.head(world.request, false)
  for (const connection of world.open) connection.events.onConnected()
  world.terminal.data(Buffer.from('abc'), 0, 3, false)
  return world
}

describe('Mirrors', () => {
  it('send what comes as it comes', async () => {
    const { upstream, terminal } = await copied()
    terminal.data(Buffer.from('de'), 0, 2, true)
    expect(upstream(1).calls).toEqual(['head', 'data 3', 'data 2 end'])
  })

  it('are cut when the client leaves before the end of its request', async () => {
    const { upstream, terminal } = await copied()
    terminal.cancel('remote_reset')
    expect(upstream(1).calls).toEqual(['head', 'data 3', 'reset'])
  })

  it('are cut when the request is answered before its end', async () => {
    const { upstream } = await copied()
    upstream().receiver.head(answer(200), true)
    expect(upstream(1).calls).toEqual(['head', 'data 3', 'reset'])
  })

  it('are not begun for a request that is refused before its end', async () => {
    const world = await begin({ action: { mirrors: [TO_SAME] }, limits: { maxPendingRequests: 1 } })
    const request = HeaderMap.from([
      [':method', 'GET'],
      [':path', '/'],
      [':authority', 'b.test'],
    ])
    const before = world.router.create(new Stream(request, matched({})))
    before.head(request, true)
    // The copy could have the place that the request could not.
    world.stream.localReply = () => before.cancel('remote_reset')
    world.terminal.head(world.request, false)
    expect([world.count('upstream_rq_pending_overflow'), world.count('upstream_rq_pending_total')]).toEqual([1, 1])
  })

  it('are not made of a request that leaves HTTP', async () => {
    const headers = [
      ['upgrade', 'websocket'],
      ['connection', 'upgrade'],
    ] as const
    const { terminal, request, open } = await begin({ action: { mirrors: [TO_SAME] }, headers })
    terminal.head(request, false)
    expect(open.length).toBe(1)
  })

  it('go on when the client leaves after the end of its request', async () => {
    const { upstream, terminal, stream } = await copied()
    terminal.data(Buffer.from('d'), 0, 1, true)
    terminal.cancel('remote_reset')
    upstream(1).receiver.head(answer(200), true)
    expect([upstream().calls.at(-1), upstream(1).calls.at(-1), stream.calls]).toEqual(['reset', 'data 1 end', []])
  })

  it('hold the request that they take slowly, until they are answered', async () => {
    const { upstream, stream } = await copied()
    upstream(1).receiver.onAboveHighWatermark()
    expect(stream.calls).toEqual(['pause'])
    upstream(1).receiver.head(answer(200), true)
    expect(stream.calls).toEqual(['pause', 'resume'])
  })
})
