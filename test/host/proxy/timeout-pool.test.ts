import { expect, test } from 'vitest'
import { TimeoutPool } from '../../../host/proxy/timeout-pool.ts'

test('timers are borrowed again, and those beyond what is kept are stopped', () => {
  let made = 0
  let stopped = 0
  const timers = { create: () => (made++, { arm: () => {}, disarm: () => {}, stop: () => void stopped++ }) }
  const pool = new TimeoutPool(timers)
  const owner = { onTimeout: () => {} }
  const busy = Array.from({ length: 1500 }, () => pool.start(owner, 1000))
  for (const timeout of busy) pool.release(timeout)
  expect({ made, stopped }).toEqual({ made: 1500, stopped: 1500 - 1024 })
  for (let i = 0; i < 1024; i++) pool.start(owner, 1000)
  expect(made).toBe(1500)
  pool.start(owner, 1000)
  expect(made).toBe(1501)
})
