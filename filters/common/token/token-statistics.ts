import { Counter, RootContext, utf8 } from "@sluice/sdk";

/** Counters of tokens and keys, named after those of Envoy's filter. */
export class TokenStatistics {
  readonly fetched: Counter;
  readonly fetchFailed: Counter;
  readonly staleServed: Counter;
  readonly cacheHit: Counter;
  readonly cacheMiss: Counter;

  /** In `onConfigure`. */
  constructor(root: RootContext) {
    this.fetched = root.defineCounter(utf8("jwt_authn.jwks_fetch_success"));
    this.fetchFailed = root.defineCounter(utf8("jwt_authn.jwks_fetch_failed"));
    this.staleServed = root.defineCounter(utf8("jwt_authn.jwks_stale_served"));
    this.cacheHit = root.defineCounter(utf8("jwt_authn.jwt_cache_hit"));
    this.cacheMiss = root.defineCounter(utf8("jwt_authn.jwt_cache_miss"));
  }
}
