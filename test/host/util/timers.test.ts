import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../host/util/clock.ts'
import { systemTimers, type Timer } from '../../../host/util/timers.ts'

let fired = 0
let timer: Timer

beforeEach(() => {
  vi.useFakeTimers()
  fired = 0
  timer = systemTimers({ ...systemClock, monotonicMillis: () => Date.now() }).create(() => fired++)
})

afterEach(() => void vi.useRealTimers())

describe('a timer of the machine', () => {
  it('fires once, after the time of its last start', () => {
    timer.arm(100)
    vi.advanceTimersByTime(60)
    timer.arm(100)
    vi.advanceTimersByTime(60)
    expect(fired).toBe(0)
    vi.advanceTimersByTime(1000)
    expect(fired).toBe(1)
  })

  it('does not fire once disarmed, and does once armed again', () => {
    timer.arm(100)
    timer.disarm()
    vi.advanceTimersByTime(50)
    timer.arm(100)
    vi.advanceTimersByTime(99)
    expect(fired).toBe(0)
    vi.advanceTimersByTime(1)
    expect(fired).toBe(1)
  })

  it('sleeps for longer than the timers of the system can', () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const sleeps = (): unknown[] => set.mock.calls.map(([, millis]) => millis)
    timer.arm(2 ** 32)
    expect(sleeps()).toEqual([2 ** 31 - 1])
    vi.advanceTimersByTime(2 ** 31)
    expect(sleeps()).toEqual([2 ** 31 - 1, 2 ** 31 - 1])
    vi.advanceTimersByTime(2 ** 31)
    expect(fired).toBe(1)
  })

  it('leaves nothing with the system once stopped: its owner can go', () => {
    timer.arm(3_600_000)
    timer.disarm()
    expect(vi.getTimerCount()).toBe(1)
    timer.stop()
    expect(vi.getTimerCount()).toBe(0)
    expect(fired).toBe(0)
  })
})
