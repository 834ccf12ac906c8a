import { expect, test } from 'vitest'
import { StoreGuestMetrics } from '../../../host/services/guest-metrics.ts'
import { createStatsStore } from '../../../host/stats/store.ts'

test.each([
  ['plain', 'wasmcustom.plain'],
  ['', 'wasmcustom'],
  ['.', 'wasmcustom'],
  ['a.b..', 'wasmcustom.a.b'],
  ['tag=.=v;.;', 'wasmcustom.tag=.=v;.;'],
])('StoreGuestMetrics keeps the metric %j as %s, one per kind', (name, stored) => {
  const store = createStatsStore({ writers: 1 })
  const metrics = new StoreGuestMetrics(store)
  metrics.counter(name).add(2)
  metrics.counter(name).add(1)
  metrics.gauge(name).add(-1)
  metrics.histogram(name).record(5)
  expect([metrics.counter(name).value(), metrics.gauge(name).value()]).toEqual([3, -1])
  expect(store.snapshot().slice(1)).toMatchObject([
    { kind: 'counter', name: stored, value: 3 },
    { kind: 'gauge', name: stored, value: 2n ** 64n - 1n },
    { kind: 'histogram', name: stored, sum: 5 },
  ])
})
