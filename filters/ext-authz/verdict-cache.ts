import { Bytes, LruMap } from "@sluice/sdk";
import { Outcome, Verdict } from "./verdict";

/** Larger verdicts are not kept. */
const MOST_VERDICT_BYTES: i32 = 8192;

/** Verdicts that are good for a while. */
export class VerdictCache {
  private readonly entries: LruMap<Verdict>;
  private readonly nothing: Verdict = new Verdict(Outcome.Error);

  /** `capacity` is at least 1. */
  constructor(capacity: i32) {
    this.entries = new LruMap<Verdict>(capacity);
  }

  /** The verdict of a key; null = not known, or no longer. */
  find(key: Bytes, nowNanos: u64): Verdict | null {
    const verdict = this.entries.get(key, this.nothing);
    return nowNanos < verdict.expiresNanos ? verdict : null;
  }

  keep(key: Bytes, verdict: Verdict, untilNanos: u64): void {
    verdict.expiresNanos = untilNanos;
    if (verdict.size <= MOST_VERDICT_BYTES) this.entries.set(key, verdict);
  }
}
