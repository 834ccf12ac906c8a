/** Waiting for what a program shows only when asked. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until `isReady` accepts the answer or the time is over; the last answer either way. */
export async function poll<T>(ask: () => T | Promise<T>, isReady: (value: T) => boolean, limitMillis = 1000): Promise<T> {
  const end = performance.now() + limitMillis
  for (;;) {
    const value = await ask()
    if (isReady(value) || performance.now() >= end) return value
    await sleep(10)
  }
}
