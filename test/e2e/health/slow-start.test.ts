/** An endpoint that has become healthy takes its share by and by, in the host and in a real Envoy. */
import { describe, expect, it } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROXIES, type ProxyKind } from '../plugins/proxies.ts'
import { Checked, httpCheck, Running, Upstream } from './bench.ts'

/** Milliseconds. Endpoints that are there from the start have their whole share after it. */
const WINDOW = 3000

/** Of so many requests, how many `b` gets just after it has become healthy, and after the window. */
async function sharesOf(kind: ProxyKind, running: Running, cluster: object, requests: number): Promise<[number, number]> {
  const a = await running.add(new Upstream('a')).start()
  const b = await running.add(new Upstream('b', { status: 500 })).start()
  const proxy = running.add(await Checked.start(kind, [a, b], { ...httpCheck(), ...cluster }))
  await proxy.bodies(1)
  await sleep(WINDOW + 200)
  b.check = {}
  await expect.poll(() => proxy.flags(b.port), { interval: 10, timeout: 10_000 }).toBe('healthy')
  const count = async (): Promise<number> => (await proxy.bodies(requests)).filter((body) => body === 'b').length
  const soon = await count()
  await sleep(WINDOW + 200)
  // The next turns of both were given by the weights of before.
  await proxy.bodies(requests)
  return [soon, await count()]
}

const slow = (more: object): object => ({ slow_start_config: { slow_start_window: `${WINDOW / 1000}s`, ...more } })
const half = slow({ min_weight_percent: { value: 50 } })

describe.each(PROXIES)('$name $missing', { timeout: 60_000 }, (kind) => {
  it.skipIf(kind.missing !== '').concurrent.each([
    { name: 'round robin', cluster: { round_robin_lb_config: half }, soon: [9, 11], late: [14, 16] },
    {
      name: 'least request',
      cluster: { lb_policy: 'LEAST_REQUEST', least_request_lb_config: half },
      soon: [9, 11],
      late: [13, 17],
    },
    {
      name: 'an aggression that slows long',
      cluster: {
        round_robin_lb_config: slow({ aggression: { default_value: 0.1, runtime_key: 'a' }, min_weight_percent: { value: 25 } }),
      },
      soon: [5, 7],
      late: [14, 16],
    },
  ])('$name', async ({ cluster, soon, late }) => {
    const running = new Running()
    const shares = await sharesOf(kind, running, cluster, 30).finally(() => running.stop())
    const isIn = (share: number, [least, most]: readonly number[]): boolean => share >= least! && share <= most!
    expect({ shares, isRight: [isIn(shares[0], soon), isIn(shares[1], late)] }).toEqual({ shares, isRight: [true, true] })
  })
})
