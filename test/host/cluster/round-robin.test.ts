import { expect, it } from 'vitest'
import { RoundRobin } from '../../../host/cluster/round-robin.ts'
import { Turns } from '../../../host/cluster/turns.ts'
import { fakeEndpoint } from './fakes.ts'

it.each([
  { count: 3, start: 0, picked: [1, 2, 3, 1] },
  { count: 3, start: 0.99, picked: [3, 1, 2, 3] },
  { count: 1, start: 0.5, picked: [1, 1, 1, 1] },
  { count: 0, start: 0.5, picked: [undefined, undefined, undefined, undefined] },
])('RoundRobin of $count endpoints from $start picks $picked', ({ count, start, picked }) => {
  const balancer = new RoundRobin(
    Array.from({ length: count }, (_, index) => fakeEndpoint(index + 1)),
    new Turns(start).of('', count),
  )
  expect(picked.map(() => balancer.pick()?.address.port)).toEqual(picked)
})

it('goes on where the list before it was', () => {
  const turns = new Turns(0)
  const picked = (ports: readonly number[], requests: number): (number | undefined)[] => {
    const balancer = new RoundRobin(
      ports.map((port) => fakeEndpoint(port)),
      turns.of('healthy', ports.length),
    )
    return Array.from({ length: requests }, () => balancer.pick()?.address.port)
  }
  expect(picked([1, 2, 3, 4], 3)).toEqual([1, 2, 3])
  expect(picked([1, 2, 3, 4], 2)).toEqual([4, 1])
  expect(picked([1, 3, 4], 3)).toEqual([3, 4, 1])
  expect(picked([], 1)).toEqual([undefined])
  expect(picked([5], 2)).toEqual([5, 5])
})
