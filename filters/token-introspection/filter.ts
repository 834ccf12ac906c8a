import { HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { TokenConfig } from "../common/token/token-config";
import { TokenGate } from "../common/token/token-gate";
import { TokenStream } from "../common/token/token-stream";
import { IntrospectionOwner } from "./owner";
import { OpaqueGate } from "./opaque-gate";
import { OpaqueProviders } from "./opaque-providers";

/*
 * Requests show tokens that say nothing of themselves: who has issued them is asked. Until the answer a request is held; then
 * it is judged by what the answer says, and refused when there is none.
 */

/** One configured plugin. */
export class TokenIntrospectionRoot extends IntrospectionOwner {
  private config: TokenConfig = new TokenConfig(new OpaqueProviders());
  private gate!: TokenGate;

  protected override readConfig(reader: ConfigReader): void {
    this.config = TokenConfig.read(reader, new OpaqueProviders());
  }

  protected override start(): void {
    const allowed = this.defineCounter(utf8("token_introspection.allowed"));
    const denied = this.defineCounter(utf8("token_introspection.denied"));
    const shadowDenied = this.defineCounter(utf8("token_introspection.shadow_denied"));
    const bypassed = this.defineCounter(utf8("token_introspection.cors_preflight_bypassed"));
    const prefix = utf8("token_introspection_access_denied{").toOwned();
    const property = utf8("token_introspection.shadow_result").toOwned();
    this.gate = new OpaqueGate(this.config, allowed, denied, shadowDenied, bypassed, prefix, property);
    this.succeeded = this.defineCounter(utf8("token_introspection.introspection_success"));
    this.failed = this.defineCounter(utf8("token_introspection.introspection_failed"));
    this.cacheHit = this.defineCounter(utf8("token_introspection.cache_hit"));
    this.cacheMiss = this.defineCounter(utf8("token_introspection.cache_miss"));
    this.config.providers.open(this);
  }

  override createHttpContext(id: u32): HttpContext {
    return new TokenStream(id, this, this.gate);
  }
}
