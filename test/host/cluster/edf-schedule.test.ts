import { expect, it } from 'vitest'
import { EdfSchedule } from '../../../host/cluster/edf-schedule.ts'

function turns(weights: readonly number[], count: number, start = 0): number[] {
  const schedule = new EdfSchedule(weights, start)
  return Array.from({ length: count }, () => {
    const entry = schedule.next()
    schedule.requeue(weights[entry]!)
    return entry
  })
}

it.each([
  { weights: [1, 1, 1], start: 0, order: [0, 1, 2, 0, 1, 2] },
  { weights: [1, 1, 1], start: 0.4, order: [1, 2, 0, 1, 2, 0] },
  { weights: [1, 2], start: 0, order: [1, 0, 1, 1, 0, 1] },
  { weights: [4, 1], start: 0, order: [0, 0, 0, 1, 0, 0, 0, 0, 1] },
  { weights: [0.5], start: 0.9, order: [0, 0] },
])('EdfSchedule of $weights from $start takes $order', ({ weights, start, order }) => {
  expect(turns(weights, order.length, start)).toEqual(order)
})

it('shares turns of many entries by weight', () => {
  const weights = Array.from({ length: 20 }, (_, index) => index + 1)
  const counts = new Map<number, number>()
  for (const entry of turns(weights, 2100)) counts.set(entry, (counts.get(entry) ?? 0) + 1)
  expect(weights.map((_, index) => counts.get(index))).toEqual(weights.map((weight) => 10 * weight))
})
