import { proxy_set_tick_period_milliseconds } from "../abi/imports";
import { activate } from "../context/callback";
import { readClockNanos } from "../hostcalls/clock";
import { BundledFilter, enterFilter } from "./bundled-filter";

const NANOS_PER_MILLI: u64 = 1000000;
const NEVER: u64 = u64.MAX_VALUE;

/**
 * The timers of all filters on the one timer of the root context. Its period is the time to
 * the next one that is due; the host begins it anew after every tick and whenever it is set.
 */
export class TickSchedule {
  /** When the host ticks next, and the period it has been given. */
  private hostDue: u64 = NEVER;
  private hostMs: u32 = 0;

  constructor(private readonly rootId: u32, private readonly filters: BundledFilter[]) {}

  /** A filter sets its period; 0 stops it. */
  set(filter: BundledFilter, periodMs: u32): void {
    const now = readClockNanos();
    filter.tickMs = periodMs;
    filter.dueNanos = now + <u64>periodMs * NANOS_PER_MILLI;
    const next = this.nextDue(now);
    // A tick that comes too early is harmless, one that comes too late is not.
    if (next < this.hostDue || next == NEVER) this.arm(next, now);
  }

  /** The host ticks: calls every filter that is due. */
  run(): void {
    const now = readClockNanos();
    this.hostDue = now + <u64>this.hostMs * NANOS_PER_MILLI;
    for (let i = 0; i < this.filters.length; i++) {
      const filter = this.filters[i];
      if (!filter.tickMs || filter.dueNanos > now) continue;
      filter.dueNanos = now + <u64>filter.tickMs * NANOS_PER_MILLI;
      enterFilter(filter);
      filter.root.onTick();
    }
    const next = this.nextDue(now);
    if (next != this.hostDue) this.arm(next, now);
  }

  /** A wall clock that jumps back must not stop a timer: nobody waits longer than a period. */
  private nextDue(now: u64): u64 {
    let next = NEVER;
    for (let i = 0; i < this.filters.length; i++) {
      const filter = this.filters[i];
      if (!filter.tickMs) continue;
      filter.dueNanos = min(filter.dueNanos, now + <u64>filter.tickMs * NANOS_PER_MILLI);
      next = min(next, filter.dueNanos);
    }
    return next;
  }

  private arm(next: u64, now: u64): void {
    const wait = next <= now ? 1 : (next - now + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    this.hostMs = next == NEVER ? 0 : <u32>min(<u64>u32.MAX_VALUE, max(<u64>1, wait));
    this.hostDue = next;
    if (activate(this.rootId)) proxy_set_tick_period_milliseconds(this.hostMs);
  }
}
