/** What active health checks decide under a clock of the test's own; what they do on sockets stands in test/e2e/health. */
import { describe, expect, it } from 'vitest'
import { ANYWHERE } from '../../../host/cluster/load-balancer.ts'
import { endpointConfig } from './fakes.ts'
import { flagsOf, setUp } from './health-checks.ts'

describe('active health checks', () => {
  it('decide over new endpoints with the first check', async () => {
    const { cluster, count, gauge } = await setUp({ 1: 200, 2: 404 })
    expect(flagsOf(await cluster())).toEqual(['', '/failed_active_hc'])
    expect([count('attempt'), count('success'), count('failure'), count('network_failure')]).toEqual([2, 1, 1, 0])
    expect([gauge('health_check.healthy'), gauge('membership_healthy'), gauge('membership_excluded')]).toEqual([1, 1, 0])
  })

  it('take an endpoint out after some failures in a row, and bring it back after some successes', async () => {
    const { cluster, connector, advance } = await setUp({ 1: 200, 2: 200 })
    const endpoints = await cluster()
    connector.answers[2] = 500
    advance(1000)
    advance(100)
    connector.answers[2] = 200
    advance(100)
    connector.answers[2] = 500
    advance(1000 + 100)
    expect(flagsOf(endpoints)).toEqual(['', ''])
    advance(100)
    expect(flagsOf(endpoints)).toEqual(['', '/failed_active_hc'])
    connector.answers[2] = 200
    advance(3000)
    connector.answers[2] = 404
    advance(200)
    connector.answers[2] = 200
    advance(3000)
    expect(flagsOf(endpoints)).toEqual(['', '/failed_active_hc'])
    advance(200)
    expect(flagsOf(endpoints)).toEqual(['', ''])
  })

  it('take an endpoint out at once when its answer says so', async () => {
    const { cluster, connector, advance, gauge } = await setUp({ 1: 200, 2: 200 })
    const endpoints = await cluster()
    connector.answers[2] = 404
    advance(1000)
    expect(flagsOf(endpoints)).toEqual(['', '/failed_active_hc'])
    const used = Array.from({ length: 4 }, () => endpoints.pick(ANYWHERE)!.address.port)
    expect([used, gauge('membership_healthy'), gauge('health_check.healthy')]).toEqual([[1, 1, 1, 1], 1, 1])
  })

  it('take silence for a failure of the network', async () => {
    const { cluster, connector, advance, count } = await setUp({ 1: 200 })
    const endpoints = await cluster()
    connector.answers[1] = 0
    advance(1000 + 500 + 100 + 500 + 100 + 500)
    expect(flagsOf(endpoints)).toEqual(['/failed_active_hc/active_hc_timeout'])
    expect([count('network_failure'), connector.connections.filter(({ isClosed }) => isClosed).length]).toEqual([3, 3])
    connector.answers[1] = 404
    advance(3000)
    expect(flagsOf(endpoints)).toEqual(['/failed_active_hc'])
  })

  it('leave out an endpoint whose answer to a request asks for it, until a check is passed', async () => {
    const { cluster, advance, count, gauge } = await setUp({ 1: 200, 2: 200 })
    const endpoints = await cluster()
    endpoints.endpoints[1]!.health.failAtOnce()
    expect(flagsOf(endpoints)).toEqual(['', '/failed_active_hc/excluded_via_immediate_hc_fail'])
    expect([count('passive_failure'), gauge('membership_excluded'), gauge('membership_healthy')]).toEqual([1, 1, 1])
    advance(1000 + 200)
    expect([flagsOf(endpoints), gauge('membership_excluded')]).toEqual([['', ''], 0])
  })

  it('leave alone endpoints that are not to be checked', async () => {
    const check = { isDisabled: true, host: '', port: 0, hostname: '' }
    const endpoints = [endpointConfig('127.0.0.1', 1), endpointConfig('127.0.0.1', 2, { check })]
    const { cluster, connector } = await setUp({ 1: 404, 2: 404 }, { cluster: { endpoints } })
    expect([flagsOf(await cluster()), connector.times.has(2)]).toEqual([['/failed_active_hc', ''], false])
  })

  it('give up a question that was answered and not taken', async () => {
    const { connector, advance } = await setUp({ 1: 200 })
    const [connection] = connector.connections
    expect(connection!.streams.map(({ calls }) => calls)).toEqual([['head']])
    advance(1000)
    expect(connection!.streams.map(({ calls }) => calls)).toEqual([['head', 'reset'], ['head']])
  })
})
