import { utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const NANOS_PER_SECOND: u64 = 1000000000;
const MAX_TOKENS: u32 = 1000000;

/**
 * A token bucket that refills evenly, in the form of the generic cell rate algorithm: its whole
 * state is one moment, the time at which the bucket will be full again. Each request moves that
 * moment by one interval; it may lie at most `maxTokens` intervals ahead.
 */
export class TokenBucket {
  /** Most requests at once. */
  maxTokens: u32 = 0;
  /** Nanoseconds in which one token comes back. */
  interval: u64 = 0;

  /** Reads `{max_tokens, tokens_per_fill, fill_interval}`. */
  static read(reader: ConfigReader): TokenBucket {
    const bucket = new TokenBucket();
    let perFill: u32 = 1;
    let fillInterval: u64 = 0;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("max_tokens"))) bucket.maxTokens = reader.readU32(1, MAX_TOKENS);
      else if (reader.at(utf8("tokens_per_fill"))) perFill = reader.readU32(1, MAX_TOKENS);
      else if (reader.at(utf8("fill_interval"))) fillInterval = reader.readDurationNanos();
      else reader.unknownField();
    }
    if (bucket.maxTokens == 0) reader.missing(utf8("max_tokens"));
    if (fillInterval == 0) reader.missing(utf8("fill_interval"));
    bucket.interval = max(<u64>1, fillInterval / perFill);
    return bucket;
  }

  /** The new state after one request at `now`, or 0 when no token is left. */
  take(fullAt: u64, now: u64): u64 {
    const next = max(fullAt, now) + this.interval;
    return next - now > this.interval * this.maxTokens ? 0 : next;
  }

  /** Whole tokens left. */
  remaining(fullAt: u64, now: u64): u32 {
    if (fullAt <= now) return this.maxTokens;
    const used = (fullAt - now + this.interval - 1) / this.interval;
    return used >= this.maxTokens ? 0 : this.maxTokens - <u32>used;
  }

  /** Seconds until a token is there, rounded up; 0 while one is left. */
  secondsToToken(fullAt: u64, now: u64): u64 {
    if (this.remaining(fullAt, now) > 0) return 0;
    const wait = fullAt - now - this.interval * (this.maxTokens - 1);
    return (wait + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND;
  }
}
