import { expect, it } from 'vitest'
import { RoundRobin } from '../../../host/cluster/round-robin.ts'

it.each([
  { items: ['a', 'b', 'c'], start: 0, picked: ['a', 'b', 'c', 'a'] },
  { items: ['a', 'b', 'c'], start: 0.99, picked: ['c', 'a', 'b', 'c'] },
  { items: ['a'], start: 0.5, picked: ['a', 'a', 'a', 'a'] },
  { items: [], start: 0.5, picked: [null, null, null, null] },
])('RoundRobin of $items from $start picks $picked', ({ items, start, picked }) => {
  const balancer = new RoundRobin<string>(items, start)
  expect(picked.map(() => balancer.pick())).toEqual(picked)
})
