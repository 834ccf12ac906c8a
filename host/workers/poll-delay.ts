/**
 * How late the event loop of a thread comes to its timers, in microseconds: Envoy's `dispatcher.poll_delay_us`
 * (source/common/event/libevent_scheduler.cc). Envoy measures each turn of its loop, this a timer.
 */
import type { StatsStore } from '../stats/store.ts'

/** Milliseconds between two measurements. */
const PERIOD = 100

/** Measures until the returned function is called; thread 0 is the main one. */
export function measurePollDelay(stats: StatsStore, thread: number): () => void {
  const owner = thread === 0 ? 'server' : `listener_manager.worker_${thread - 1}`
  const delays = stats.histogram(`${owner}.dispatcher.poll_delay_us`)
  let due = performance.now() + PERIOD
  const timer = setInterval(() => {
    const now = performance.now()
    delays.record(Math.max(0, now - due) * 1000)
    due = now + PERIOD
  }, PERIOD)
  timer.unref()
  return () => clearInterval(timer)
}
