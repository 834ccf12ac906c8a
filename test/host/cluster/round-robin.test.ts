import { expect, it } from 'vitest'
import { RoundRobin } from '../../../host/cluster/round-robin.ts'
import { fakeEndpoint } from './fakes.ts'

it.each([
  { count: 3, start: 0, picked: [1, 2, 3, 1] },
  { count: 3, start: 0.99, picked: [3, 1, 2, 3] },
  { count: 1, start: 0.5, picked: [1, 1, 1, 1] },
  { count: 0, start: 0.5, picked: [undefined, undefined, undefined, undefined] },
])('RoundRobin of $count endpoints from $start picks $picked', ({ count, start, picked }) => {
  const balancer = new RoundRobin(
    Array.from({ length: count }, (_, index) => fakeEndpoint(index + 1)),
    start,
  )
  expect(picked.map(() => balancer.pick()?.address.port)).toEqual(picked)
})
