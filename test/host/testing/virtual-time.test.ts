import { describe, expect, test } from 'vitest'
import { parseDuration } from '../../../host/testing/duration.ts'
import { VirtualTime } from '../../../host/testing/virtual-time.ts'

describe('VirtualTime', () => {
  test('runs timers at their own moments, equal ones in the order of arming', () => {
    const time = new VirtualTime(0)
    const seen: string[] = []
    const make = (name: string) => time.create(() => seen.push(`${name}@${time.wallMillis()}`))
    const [a, b, c, never] = [make('a'), make('b'), make('c'), make('never')] as const
    a.arm(20)
    b.arm(10)
    c.arm(10)
    never.arm(5)
    never.disarm()
    b.arm(10)
    time.advance(9)
    expect(seen).toEqual([])
    time.advance('1ms')
    time.advance('1s')
    expect(seen).toEqual(['c@10', 'b@10', 'a@20'])
    expect(time.wallMillis()).toBe(1010)
  })

  test('lets a callback arm timers inside the time that passes', () => {
    const time = new VirtualTime(0)
    let ticks = 0
    const timer = time.create(() => {
      ticks++
      timer.arm(100)
    })
    timer.arm(100)
    time.advance('1s')
    expect(ticks).toBe(10)
  })

  test('stops at the moment that was waited for', () => {
    const time = new VirtualTime(0)
    let isDone = false
    time.create(() => (isDone = true)).arm(300)
    time.create(() => {}).arm(100)
    expect([time.advanceUntil(() => isDone, '10s'), time.wallMillis()]).toEqual([true, 300])
    expect([time.advanceUntil(() => false, '1s'), time.wallMillis()]).toEqual([false, 1300])
  })

  test('runs deferred tasks before time moves, those that they defer too', () => {
    const time = new VirtualTime(0)
    const seen: number[] = []
    time.defer(() => {
      seen.push(1)
      time.defer(() => seen.push(2))
    })
    time.settle()
    expect(seen).toEqual([1, 2])
  })

  test('has a monotonic clock that never stands at zero', () => {
    const time = new VirtualTime(0)
    const start = time.monotonicMillis()
    expect(start).toBeGreaterThan(0)
    time.advance('1s')
    expect(time.monotonicMillis() - start).toBe(1000)
  })

  test('shows a wall clock that agrees with itself', () => {
    const time = new VirtualTime(Date.UTC(2026, 0, 1))
    time.advance(1500.5)
    expect(time.wallMillis()).toBe(Date.UTC(2026, 0, 1) + 1500.5)
    expect(time.wallNanos()).toBe(BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n + 1_500_500_000n)
  })

  test('refuses timers that arm each other for ever without time passing', () => {
    const time = new VirtualTime(0)
    const timer = time.create(() => timer.arm(0))
    timer.arm(0)
    expect(() => time.advance(1)).toThrow('Timers without end at 0 ms')
  })
})

test.each([
  ['500ms', 500],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['1h', 3_600_000],
  [20, 20],
])('parseDuration reads %s', (text, millis) => {
  expect(parseDuration(text)).toBe(millis)
})

test.each(['', '3', '-1s', '1 s', '1d', 's'])('parseDuration refuses %j', (text) => {
  expect(() => parseDuration(text)).toThrow(RangeError)
})
