import { Action, Bytes, BytesBuilder, Counter, HeaderList, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { Config } from "./config";
import { Limiter } from "./limiter";
import { TokenBucket } from "./token-bucket";

/*
 * A request takes a token of every limit that matches it; the first limit without a token
 * refuses it with 429. An answer that passes carries the figures of the tightest limit.
 */

/** One configured plugin. */
export class RateLimitRoot extends ConfiguredRoot {
  config: Config = new Config();
  limiters: Limiter[] = [];
  passed!: Counter;
  limited!: Counter;
  shadowLimited!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.createLimiters();
    this.passed = this.defineCounter(utf8("ratelimit.ok"));
    this.limited = this.defineCounter(utf8("ratelimit.rate_limited"));
    this.shadowLimited = this.defineCounter(utf8("ratelimit.shadow_limited"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new RateLimit(id, this);
  }

  private createLimiters(): void {
    const plugin = this.getProperty(utf8("plugin_name"));
    for (let i = 0; i < this.config.limits.length; i++) {
      const limiter = new Limiter(this.config.limits[i], plugin);
      limiter.seed(this);
      this.limiters.push(limiter);
    }
  }
}

class RateLimit extends HttpContext {
  /** The tightest limit of this request. */
  private bucket: TokenBucket | null = null;
  private remaining: u32 = u32.MAX_VALUE;
  private secondsToToken: u64 = 0;

  constructor(id: u32, private readonly root: RateLimitRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    const limiters = this.root.limiters;
    if (!config.enforcement.drawEnabled()) return Action.Continue;
    for (let i = 0; i < limiters.length; i++) {
      const limiter = limiters[i];
      if (!limiter.limit.match.matches(this)) continue;
      const allowed = limiter.take(this, config.client);
      this.note(limiter);
      if (!allowed) return this.onLimited(limiter);
    }
    this.root.passed.increment();
    return Action.Continue;
  }

  override onResponseHeaders(endOfStream: bool): Action {
    const bucket = this.bucket;
    if (bucket === null || !this.root.config.hasLimitHeaders) return Action.Continue;
    const headers = this.responseHeaders;
    headers.set(utf8("x-ratelimit-limit"), decimal(bucket.maxTokens));
    headers.set(utf8("x-ratelimit-remaining"), decimal(this.remaining));
    headers.set(utf8("x-ratelimit-reset"), decimal(this.secondsToToken));
    return Action.Continue;
  }

  /** Keeps the figures of a limit that is tighter than those before. A limit that did not apply has no state. */
  private note(limiter: Limiter): void {
    const bucket = limiter.limit.bucket;
    if (limiter.fullAt == 0) return;
    const now = this.nowNanos();
    const remaining = bucket.remaining(limiter.fullAt, now);
    if (remaining >= this.remaining) return;
    this.bucket = bucket;
    this.remaining = remaining;
    this.secondsToToken = bucket.secondsToToken(limiter.fullAt, now);
  }

  /** Refuses the request, unless that is left out. */
  private onLimited(limiter: Limiter): Action {
    if (this.root.config.enforcement.drawEnforced(this, utf8("ratelimit.shadow_result"))) return this.refuse(limiter);
    this.root.shadowLimited.increment();
    return Action.Continue;
  }

  private refuse(limiter: Limiter): Action {
    const config = this.root.config;
    const bucket = limiter.limit.bucket;
    const seconds = decimal(max(<u64>1, bucket.secondsToToken(limiter.fullAt, this.nowNanos())));
    const headers = HeaderList.create();
    if (config.hasLimitHeaders) {
      headers.add(utf8("x-ratelimit-limit"), decimal(bucket.maxTokens));
      headers.add(utf8("x-ratelimit-remaining"), utf8("0"));
      headers.add(utf8("x-ratelimit-reset"), seconds);
    }
    if (config.hasRetryAfter) headers.add(utf8("retry-after"), seconds);
    headers.add(utf8("x-envoy-ratelimited"), utf8("true"));
    this.root.limited.increment();
    return config.reply.sendWith(this, utf8("local_rate_limited"), headers);
  }
}

function decimal(value: u64): Bytes {
  return BytesBuilder.create().addU64(value).toBytes();
}
