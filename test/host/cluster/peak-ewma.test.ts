import { expect, test } from 'vitest'
import type { Endpoint } from '../../../host/cluster/endpoint.ts'
import { PeakEwmaPicker } from '../../../host/cluster/peak-ewma-picker.ts'
import { systemClock } from '../../../host/util/clock.ts'
import type { Random } from '../../../host/util/random.ts'
import { fakeEndpoint, startOfRange } from './fakes.ts'

const CONFIG = { decayTime: 10_000, defaultRtt: 30 }

/** A clock that stands still until it is set, and requests to endpoints that need a time of their own to answer. */
class Traffic {
  now = 1000
  readonly clock = { ...systemClock, monotonicMillis: () => this.now }
  readonly endpoints: readonly Endpoint[]
  readonly #picker: PeakEwmaPicker

  constructor(endpoints: readonly Endpoint[], seed = 1) {
    this.endpoints = endpoints
    this.#picker = new PeakEwmaPicker(endpoints, CONFIG, seeded(seed), this.clock)
  }

  /** How many of the requests, one after the other, came to each endpoint. */
  send(count: number, times: readonly number[]): number[] {
    const reached = times.map(() => 0)
    for (let sent = 0; sent < count; sent++) {
      const index = this.endpoints.indexOf(this.pick())
      reached[index]!++
      this.answer(index, times[index]!)
    }
    return reached
  }

  pick(): Endpoint {
    return this.#picker.pick()!
  }

  answer(index: number, time: number): void {
    const startedAt = this.now
    this.now += time
    this.endpoints[index]!.latency!.onAnswer(startedAt)
  }

  estimate(index: number): number {
    return this.endpoints[index]!.latency!.estimate(this.now)
  }
}

function seeded(seed: number): Random {
  let state = seed
  const fraction = (): number => (state = (state * 16807) % 2147483647) / 2147483647
  return { ...startOfRange, fraction }
}

const three = (): Endpoint[] => [fakeEndpoint(1), fakeEndpoint(2), fakeEndpoint(3)]

test('a slow endpoint gets little, and no endpoint nothing', () => {
  const [fast, slow, medium] = new Traffic(three()).send(3000, [10, 500, 20])
  expect(slow).toBeGreaterThan(0)
  expect(slow!).toBeLessThan(150)
  expect(fast!).toBeGreaterThan(medium!)
})

test('a worse time counts at once, a better one by and by', () => {
  const traffic = new Traffic(three())
  traffic.answer(0, 10)
  traffic.answer(0, 400)
  expect(traffic.estimate(0)).toBe(400)
  traffic.answer(0, 10)
  expect(traffic.estimate(0)).toBeGreaterThan(395)
  expect(traffic.estimate(0)).toBeLessThan(400)
})

test('an endpoint that was slow comes back as its time is forgotten', () => {
  const traffic = new Traffic([fakeEndpoint(1), fakeEndpoint(2)])
  traffic.answer(0, 10)
  traffic.answer(1, 1000)
  traffic.answer(0, 10)
  expect(traffic.pick()).toBe(traffic.endpoints[0])
  traffic.now += 10_000
  expect(traffic.estimate(1)).toBeCloseTo((1000 / Math.E) * Math.exp(-10 / 10_000), 6)
  const reached = traffic.send(8000, [10, 10])
  expect(reached[1]!).toBeGreaterThan(1000)
})

test('requests in flight and those that wait count, and weights', () => {
  const [one, other] = [fakeEndpoint(1), fakeEndpoint(2, { weight: 4 })]
  const traffic = new Traffic([one, other])
  expect(traffic.pick()).toBe(other)
  other.counts.rqActive = 2
  expect(traffic.pick()).toBe(other)
  other.counts.rqPendingActive = 2
  expect(traffic.pick()).toBe(one)
})

test('a fast failure is no fast answer, a slow one counts', () => {
  const traffic = new Traffic(three())
  const before = traffic.estimate(0)
  traffic.endpoints[0]!.latency!.onFailure(traffic.now)
  expect(traffic.estimate(0)).toBe(before)
  traffic.now += 5000
  traffic.endpoints[0]!.latency!.onFailure(traffic.now - 5000)
  expect(traffic.estimate(0)).toBe(5000)
})

test('another picker goes on with what was measured; nobody is nobody', () => {
  const traffic = new Traffic(three())
  traffic.answer(0, 700)
  expect(new Traffic(traffic.endpoints).endpoints[0]!.latency!.estimate(traffic.now)).toBe(700)
  expect(new PeakEwmaPicker([], CONFIG, startOfRange, systemClock).pick()).toBeNull()
})
