import { Counter, RootContext, utf8 } from "@sluice/sdk";

/** Counters of a plugin, named after those of Envoy's filter. */
export class Statistics {
  readonly allowed: Counter;
  readonly denied: Counter;
  readonly preflightBypassed: Counter;
  readonly fetched: Counter;
  readonly fetchFailed: Counter;
  readonly staleServed: Counter;
  readonly cacheHit: Counter;
  readonly cacheMiss: Counter;

  /** In `onConfigure`. */
  constructor(root: RootContext) {
    this.allowed = root.defineCounter(utf8("jwt_authn.allowed"));
    this.denied = root.defineCounter(utf8("jwt_authn.denied"));
    this.preflightBypassed = root.defineCounter(utf8("jwt_authn.cors_preflight_bypassed"));
    this.fetched = root.defineCounter(utf8("jwt_authn.jwks_fetch_success"));
    this.fetchFailed = root.defineCounter(utf8("jwt_authn.jwks_fetch_failed"));
    this.staleServed = root.defineCounter(utf8("jwt_authn.jwks_stale_served"));
    this.cacheHit = root.defineCounter(utf8("jwt_authn.jwt_cache_hit"));
    this.cacheMiss = root.defineCounter(utf8("jwt_authn.jwt_cache_miss"));
  }
}
