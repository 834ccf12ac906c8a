import { HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { BoundProviders } from "../common/token/bound-providers";
import { KeyOwner } from "../common/token/key-source";
import { TokenConfig } from "../common/token/token-config";
import { TokenGate } from "../common/token/token-gate";
import { TokenStatistics } from "../common/token/token-statistics";
import { TokenStream } from "../common/token/token-stream";

/*
 * Requests show tokens that their issuers have signed. Those whose keys are awaited are held, and judged anew once the keys have
 * come or failed to.
 */

/** One configured plugin. */
export class JwtAuthnRoot extends KeyOwner {
  private config: TokenConfig = new TokenConfig(new BoundProviders());
  private gate!: TokenGate;

  protected override readConfig(reader: ConfigReader): void {
    this.config = TokenConfig.read(reader, new BoundProviders());
  }

  /** Counters are named after those of Envoy's filter. */
  protected override start(): void {
    const allowed = this.defineCounter(utf8("jwt_authn.allowed"));
    const denied = this.defineCounter(utf8("jwt_authn.denied"));
    const shadowDenied = this.defineCounter(utf8("jwt_authn.shadow_denied"));
    const bypassed = this.defineCounter(utf8("jwt_authn.cors_preflight_bypassed"));
    const prefix = utf8("jwt_authn_access_denied{").toOwned();
    const property = utf8("jwt_authn.shadow_result").toOwned();
    this.gate = new TokenGate(this.config, allowed, denied, shadowDenied, bypassed, prefix, property);
    this.tokens = new TokenStatistics(this);
    this.config.providers.open(this);
  }

  override createHttpContext(id: u32): HttpContext {
    return new TokenStream(id, this, this.gate);
  }
}
