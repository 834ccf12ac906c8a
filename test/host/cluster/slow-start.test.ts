import { expect, it } from 'vitest'
import { SlowStart } from '../../../host/cluster/slow-start.ts'
import { HostFlag } from '../../../host/services/shared-hosts.ts'
import { VirtualTime } from '../../../host/testing/virtual-time.ts'
import { fakeEndpoint } from './fakes.ts'

it.each([
  { aggression: 1, minPart: 0.1, parts: [0.1, 0.1, 0.25, 0.5, 0.75, 1] },
  { aggression: 1, minPart: 0, parts: [0.001, 0.1, 0.25, 0.5, 0.75, 1] },
  { aggression: 2, minPart: 0.1, parts: [0.1, 0.316, 0.5, 0.707, 0.866, 1] },
  { aggression: 0.5, minPart: 0.1, parts: [0.1, 0.1, 0.1, 0.25, 0.563, 1] },
])('SlowStart with aggression $aggression from $minPart gives $parts', ({ aggression, minPart, parts }) => {
  const time = new VirtualTime(0)
  const slowStart = new SlowStart({ window: 1000, aggression, minPart }, time)
  const endpoint = fakeEndpoint(1)
  endpoint.healthySince = time.monotonicMillis()
  const seen: number[] = []
  for (const wait of [0, 100, 150, 250, 250, 250]) {
    time.advance(wait)
    seen.push(Math.round(slowStart.partOf(endpoint) * 1000) / 1000)
  }
  expect(seen).toEqual(parts)
})

it('concerns endpoints that have become healthy within the window', () => {
  const time = new VirtualTime(0)
  const slowStart = new SlowStart({ window: 1000, aggression: 1, minPart: 0.1 }, time)
  const [old, fresh] = [fakeEndpoint(1), fakeEndpoint(2)]
  old.healthySince = time.monotonicMillis()
  time.advance(1001)
  expect(slowStart.concerns([old, fresh])).toBe(false)
  fresh.healthySince = time.monotonicMillis()
  expect(slowStart.concerns([old, fresh])).toBe(true)
  // One that is out has its whole weight, which counts only in panic.
  fresh.health.shared!.change(HostFlag.Ejected, 0)
  expect([slowStart.concerns([old, fresh]), slowStart.partOf(fresh)]).toEqual([false, 1])
})
