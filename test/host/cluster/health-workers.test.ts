/** Active health checks over several workers: one checks, all know. */
import { describe, expect, it } from 'vitest'
import { createSharedHosts } from '../../../host/services/shared-hosts.ts'
import { MAX_PLACES } from '../../../host/services/host-places.ts'
import { ANYWHERE } from '../../../host/cluster/load-balancer.ts'
import { flagsOf, setUp, type Answers } from './health-checks.ts'

describe('active health checks over workers', () => {
  it('go on with what is known when the worker that checks has died', async () => {
    const answers: Answers = { 1: 200, 2: 404 }
    const { cluster, other, successor, count, gauge } = await setUp(answers)
    await cluster()
    const second = await other()
    Object.assign(answers, { 1: 500, 2: 200 })
    const { first, advance } = await successor()
    expect([flagsOf(first), gauge('health_check.healthy'), count('attempt')]).toEqual([['', '/failed_active_hc'], 1, 4])
    advance(199)
    expect(flagsOf(first)).toEqual(['', '/failed_active_hc'])
    advance(1)
    expect(flagsOf(first)).toEqual(['/failed_active_hc', ''])
    expect(gauge('health_check.healthy')).toBe(1)
    await expect.poll(() => flagsOf(second)).toEqual(['/failed_active_hc', ''])
  })

  it('begin anew when the cluster is another one than the dead worker had', async () => {
    const answers: Answers = { 1: 200, 2: 404 }
    const { cluster, successor } = await setUp(answers)
    await cluster()
    Object.assign(answers, { 1: 404, 2: 200 })
    const { first } = await successor('2')
    expect(flagsOf(first)).toEqual(['/failed_active_hc', ''])
  })

  it('begin anew after a cluster that has ended in good order', async () => {
    const answers: Answers = { 1: 200, 2: 404 }
    const { cluster, other, successor, manager } = await setUp(answers)
    await cluster()
    await other()
    manager.stop()
    Object.assign(answers, { 1: 404, 2: 200 })
    const { first } = await successor()
    expect(flagsOf(first)).toEqual(['/failed_active_hc', ''])
  })

  it('leave an endpoint out that is one too many to be watched, and say so', async () => {
    const hosts = createSharedHosts(3)
    for (let i = 1; i < MAX_PLACES; i++) hosts.host('others', String(i))
    const { cluster, stats, logged, connector } = await setUp({ 1: 200, 2: 200, 3: 200 }, { hosts })
    expect(flagsOf(await cluster())).toEqual(['', '/failed_active_hc', '/failed_active_hc'])
    expect([...connector.times.keys()]).toEqual([1])
    expect(stats.counter('sluice.unwatched_endpoints').value()).toBe(2)
    expect(logged).toEqual([expect.stringMatching(/^cluster 'c': no room to watch 127.0.0.1:2 and others/)])
  })

  it('tell all workers', async () => {
    const { cluster, other, connector, advance } = await setUp({ 1: 200, 2: 200 })
    const [first, second] = [await cluster(), await other()]
    expect(flagsOf(second)).toEqual(['', ''])
    connector.answers[1] = 404
    advance(1000)
    await expect.poll(() => Array.from({ length: 4 }, () => second.pick(ANYWHERE)!.address.port)).toEqual([2, 2, 2, 2])
    // A worker that starts now knows it from the beginning, and each can tell of an answer.
    expect(flagsOf(await other())).toEqual(['/failed_active_hc', ''])
    second.endpoints[1]!.health.failAtOnce()
    await expect.poll(() => flagsOf(first)[1]).toBe('/failed_active_hc/excluded_via_immediate_hc_fail')
  })
})
