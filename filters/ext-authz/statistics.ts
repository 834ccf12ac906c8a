import { Counter, RootContext, utf8 } from "@sluice/sdk";

/** Counters of a plugin, named after Envoy's filter. */
export class Statistics {
  readonly ok: Counter;
  readonly denied: Counter;
  readonly error: Counter;
  readonly disabled: Counter;
  readonly failureModeAllowed: Counter;
  readonly invalid: Counter;
  readonly shadowDenied: Counter;
  readonly cacheHit: Counter;
  readonly shared: Counter;

  constructor(root: RootContext) {
    this.ok = root.defineCounter(utf8("ext_authz.ok"));
    this.denied = root.defineCounter(utf8("ext_authz.denied"));
    this.error = root.defineCounter(utf8("ext_authz.error"));
    this.disabled = root.defineCounter(utf8("ext_authz.disabled"));
    this.failureModeAllowed = root.defineCounter(utf8("ext_authz.failure_mode_allowed"));
    this.invalid = root.defineCounter(utf8("ext_authz.invalid"));
    this.cacheHit = root.defineCounter(utf8("ext_authz.cache_hit"));
    this.shared = root.defineCounter(utf8("ext_authz.shared"));
    this.shadowDenied = root.defineCounter(utf8("ext_authz.shadow_denied"));
  }
}
