import { Counter, RootContext, utf8 } from "@sluice/sdk";

/** Counters of a plugin, named after those of Envoy's `oauth2` where it has them. */
export class Statistics {
  readonly allowed: Counter;
  readonly success: Counter;
  readonly failure: Counter;
  readonly shadowDenied: Counter;
  readonly unauthorized: Counter;
  readonly passthrough: Counter;
  readonly refreshed: Counter;
  readonly refreshFailed: Counter;
  readonly unavailable: Counter;
  readonly fetched: Counter;
  readonly fetchFailed: Counter;

  /** In `onConfigure`. */
  constructor(root: RootContext) {
    this.allowed = root.defineCounter(utf8("oidc.allowed"));
    this.success = root.defineCounter(utf8("oidc.oauth_success"));
    this.failure = root.defineCounter(utf8("oidc.oauth_failure"));
    this.shadowDenied = root.defineCounter(utf8("oidc.shadow_denied"));
    this.unauthorized = root.defineCounter(utf8("oidc.oauth_unauthorized_rq"));
    this.passthrough = root.defineCounter(utf8("oidc.oauth_passthrough"));
    this.refreshed = root.defineCounter(utf8("oidc.oauth_refreshtoken_success"));
    this.refreshFailed = root.defineCounter(utf8("oidc.oauth_refreshtoken_failure"));
    this.unavailable = root.defineCounter(utf8("oidc.provider_unavailable"));
    this.fetched = root.defineCounter(utf8("oidc.jwks_fetch_success"));
    this.fetchFailed = root.defineCounter(utf8("oidc.jwks_fetch_failed"));
  }
}
