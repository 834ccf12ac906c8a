import { Action, Bytes, Counter, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { Config } from "./config";

/*
 * A request passes by its client's address: one that is denied never does, and where some are allowed no other does.
 */

/** One configured plugin. */
export class IpRestrictionRoot extends ConfiguredRoot {
  config: Config = new Config();
  allowed!: Counter;
  denied!: Counter;
  shadowDenied!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("ip_restriction.allowed"));
    this.denied = this.defineCounter(utf8("ip_restriction.denied"));
    this.shadowDenied = this.defineCounter(utf8("ip_restriction.shadow_denied"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new IpRestriction(id, this);
  }
}

class IpRestriction extends HttpContext {
  constructor(id: u32, private readonly root: IpRestrictionRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    if (!this.root.config.enforcement.drawEnabled()) return Action.Continue;
    const refusal = this.refusal();
    if (!refusal.isAbsent) return this.deny(refusal);
    this.root.allowed.increment();
    return Action.Continue;
  }

  /** Why the request may not pass; absent when it may. */
  private refusal(): Bytes {
    const config = this.root.config;
    const address = config.clientIp.of(this);
    if (address === null) return utf8("ip_restriction_unknown_address");
    if (config.deny.has(address)) return utf8("ip_restriction_denied");
    if (config.allow.isEmpty || config.allow.has(address)) return Bytes.absent;
    return utf8("ip_restriction_not_allowed");
  }

  private deny(details: Bytes): Action {
    const config = this.root.config;
    if (!config.enforcement.drawEnforced(this, utf8("ip_restriction.shadow_result"))) {
      this.root.shadowDenied.increment();
      return Action.Continue;
    }
    this.root.denied.increment();
    return config.reply.send(this, details);
  }
}
