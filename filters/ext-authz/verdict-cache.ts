import { Bytes, LruMap } from "@sluice/sdk";
import { Outcome, Verdict } from "./verdict";

/** Larger verdicts are not kept. */
const MOST_VERDICT_BYTES: i32 = 8192;

class Known {
  constructor(readonly verdict: Verdict, readonly expiresNanos: u64) {}
}

/** Verdicts that are good for a while. */
export class VerdictCache {
  private readonly entries: LruMap<Known>;
  private readonly nothing: Known = new Known(new Verdict(Outcome.Error), 0);

  /** `capacity` is at least 1. */
  constructor(capacity: i32) {
    this.entries = new LruMap<Known>(capacity);
  }

  /** The verdict of a key; null = not known, or no longer. */
  find(key: Bytes, nowNanos: u64): Verdict | null {
    const known = this.entries.get(key, this.nothing);
    return nowNanos < known.expiresNanos ? known.verdict : null;
  }

  keep(key: Bytes, verdict: Verdict, untilNanos: u64): void {
    if (verdict.size <= MOST_VERDICT_BYTES) this.entries.set(key, new Known(verdict, untilNanos));
  }
}
