import { Action, Bytes, BytesBuilder, Counter, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { isSpiffeId, principalOf, trustDomainOf } from "../common/spiffe";
import { stripHeader } from "../common/strip-header";
import { Config, XfccMode } from "./config";
import { elementOf, forwardedValue, peerUri, xfccHeader } from "./identity";

/*
 * The peer's certificate says who it is; a gateway that is trusted says, by x-forwarded-client-cert,
 * who its own client is. Everything else that a request claims of itself is removed before the
 * verdict, so that nothing of it passes on whichever way the request takes.
 */

/** One configured plugin. */
export class MtlsIdentityRoot extends ConfiguredRoot {
  config: Config = new Config();
  allowed!: Counter;
  anonymous!: Counter;
  denied!: Counter;
  shadowDenied!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("mtls_identity.allowed"));
    this.anonymous = this.defineCounter(utf8("mtls_identity.anonymous"));
    this.denied = this.defineCounter(utf8("mtls_identity.denied"));
    this.shadowDenied = this.defineCounter(utf8("mtls_identity.shadow_denied"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new MtlsIdentity(id, this);
  }
}

class MtlsIdentity extends HttpContext {
  constructor(id: u32, private readonly root: MtlsIdentityRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    const isMutual = this.getPropertyBool(utf8("connection\0mtls"));
    const peer = isMutual ? peerUri(this) : Bytes.absent;
    const isGateway = !peer.isAbsent && isSpiffeId(peer) && config.isGateway(peer);
    const isForwarded = isGateway && this.requestHeaders.has(xfccHeader());
    const id = isForwarded ? forwardedValue(this.requestHeaders, utf8("uri")) : peer;
    // Tokens may be bound to the certificate of the client, not to that of its gateway.
    if (isForwarded) this.setProperty(utf8("auth.client_certificate"), forwardedValue(this.requestHeaders, utf8("hash")));
    this.passOn(isMutual, isGateway);
    if (!config.header.view.isAbsent) stripHeader(this.requestHeaders, config.header.view);
    if (!config.enforcement.drawEnabled()) return Action.Continue;
    if (!isMutual && config.requireMtls) return this.deny(utf8("mtls_required"));
    if (isForwarded && !id.isAbsent && id.length == 0) return this.deny(utf8("xfcc_malformed"));
    return this.decide(id);
  }

  /** `id` absent = the request has no identity. */
  private decide(id: Bytes): Action {
    const config = this.root.config;
    if (id.isAbsent) {
      if (config.needsIdentity) return this.deny(utf8("spiffe_id_missing"));
      this.root.anonymous.increment();
      return Action.Continue;
    }
    if (!isSpiffeId(id)) return this.deny(utf8("spiffe_id_invalid"));
    if (!config.trusts(trustDomainOf(id))) return this.deny(utf8("trust_domain_untrusted"));
    if (!config.allows(id)) return this.deny(utf8("spiffe_id_not_allowed"));
    this.setProperty(utf8("auth.principal"), principalOf(id));
    if (!config.header.view.isAbsent) this.requestHeaders.add(config.header.view, id);
    this.root.allowed.increment();
    return Action.Continue;
  }

  /** Leaves of x-forwarded-client-cert what the upstream may believe. */
  private passOn(isMutual: bool, isGateway: bool): void {
    const mode = this.root.config.xfcc;
    const headers = this.requestHeaders;
    if (!isGateway || mode == XfccMode.Sanitize) stripHeader(headers, xfccHeader());
    if (!isMutual || mode != XfccMode.AppendForward) return;
    const count = headers.count(xfccHeader());
    const line = BytesBuilder.create();
    for (let i = 0; i < count; i++) line.add(headers.value(xfccHeader(), i)).addByte(0x2c);
    headers.set(xfccHeader(), line.add(elementOf(this)).toBytes());
  }

  /** Refuses the request, unless that is left out. */
  private deny(details: Bytes): Action {
    const config = this.root.config;
    const isEnforced = config.enforcement.drawEnforced(this, utf8("mtls_identity.shadow_result"));
    if (isEnforced) this.root.denied.increment();
    else this.root.shadowDenied.increment();
    return isEnforced ? config.reply.send(this, details) : Action.Continue;
  }
}
