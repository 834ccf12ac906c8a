/** Shares of priorities, as Envoy's documentation of priority levels has them; roundings go to the first priority. */
import { expect, it } from 'vitest'
import type { HostSet } from '../../../host/cluster/host-set.ts'
import { priorityLoadOf } from '../../../host/cluster/priority-load.ts'
import { fakeEndpoint } from './fakes.ts'

/** `8/10` is a priority with 8 of 10 endpoints healthy; `2+3/10`: 3 more are degraded; `2/10!3`: 3 do not count. */
function setOf(text: string): HostSet {
  const [, healthy, degraded = '0', total, excluded = '0'] = /^(\d+)(?:\+(\d+))?\/(\d+)(?:!(\d+))?$/.exec(text)!
  const all = Array.from({ length: Number(total) }, (_, index) => fakeEndpoint(index + 1))
  const end = Number(healthy) + Number(degraded)
  return {
    all,
    healthy: all.slice(0, Number(healthy)),
    degraded: all.slice(Number(healthy), end),
    counted: all.length - Number(excluded),
  }
}

it.each([
  { sets: ['100/100', '100/100'], healthy: [100, 0] },
  { sets: ['72/100', '72/100'], healthy: [100, 0] },
  { sets: ['71/100', '71/100'], healthy: [99, 1] },
  { sets: ['50/100', '50/100'], healthy: [70, 30] },
  { sets: ['25/100', '100/100'], healthy: [35, 65] },
  { sets: ['25/100', '25/100'], healthy: [50, 50], panic: [true, true] },
  { sets: ['0/100', '100/100'], healthy: [0, 100] },
  { sets: ['5/100', '65/100'], healthy: [8, 92], panic: [true, false] },
  { sets: ['0/4', '0/12'], healthy: [25, 75], panic: [true, true] },
  { sets: ['0/4', '0/12'], threshold: 0, healthy: [100, 0] },
  { sets: ['0/0', '2/2'], healthy: [0, 100] },
  { sets: ['0/0'], healthy: [100], panic: [true] },
  { sets: ['1/4!2'], healthy: [100] },
  { sets: ['1/4!1'], healthy: [100], panic: [true] },
  { sets: ['1/4!2', '2/2'], healthy: [70, 30] },
  { sets: ['2+6/10'], healthy: [28], degraded: [72] },
  { sets: ['0+10/10', '5/10'], healthy: [0, 70], degraded: [30, 0] },
  { sets: ['4/10'], healthy: [100], panic: [true] },
  { sets: ['4/10'], threshold: 40, healthy: [100] },
])('with $sets healthy gets $healthy, panic is $panic', ({ sets, threshold = 50, healthy, degraded, panic }) => {
  const load = priorityLoadOf(sets.map(setOf), { panicThreshold: threshold, overprovisioning: 140 })
  expect(load).toEqual({
    healthy,
    degraded: degraded ?? healthy.map(() => 0),
    panic: panic ?? healthy.map(() => false),
  })
})
