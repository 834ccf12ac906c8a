import { Counter, RootContext, utf8 } from "@sluice/sdk";

/** Counters of requests, named after those of Envoy's filter. */
export class Statistics {
  readonly allowed: Counter;
  readonly denied: Counter;
  readonly preflightBypassed: Counter;

  /** In `onConfigure`. */
  constructor(root: RootContext) {
    this.allowed = root.defineCounter(utf8("jwt_authn.allowed"));
    this.denied = root.defineCounter(utf8("jwt_authn.denied"));
    this.preflightBypassed = root.defineCounter(utf8("jwt_authn.cors_preflight_bypassed"));
  }
}
