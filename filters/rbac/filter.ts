import { Action, Bytes, BytesBuilder, Counter, HttpContext, LogLevel, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { logAudit } from "./audit-log";
import { Config } from "./config";
import { explain } from "./explanation";
import { Facts } from "./facts";
import { Outcome, Policy } from "./policy";
import { Verdict } from "./policy-table";

/*
 * Who a request comes from was found out by others: by the proxy (the peer's certificate), by filters
 * in front of this one (properties). Here is decided whether it may do what it wants.
 */

/** One configured plugin. */
export class RbacRoot extends ConfiguredRoot {
  config: Config = new Config();
  readonly facts: Facts = new Facts();
  readonly verdict: Verdict = new Verdict();
  readonly shadowVerdict: Verdict = new Verdict();
  allowed!: Counter;
  denied!: Counter;
  shadowAllowed!: Counter;
  shadowDenied!: Counter;
  logged!: Counter;
  notLogged!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("rbac.allowed"));
    this.denied = this.defineCounter(utf8("rbac.denied"));
    this.shadowAllowed = this.defineCounter(utf8("rbac.shadow_allowed"));
    this.shadowDenied = this.defineCounter(utf8("rbac.shadow_denied"));
    this.logged = this.defineCounter(utf8("rbac.logged"));
    this.notLogged = this.defineCounter(utf8("rbac.not_logged"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new Rbac(id, this);
  }

  countPolicy(policy: Policy | null, outcome: Outcome): void {
    if (this.config.tracksPolicies && policy !== null) policy.count(this, outcome);
  }
}

class Rbac extends HttpContext {
  constructor(id: u32, private readonly root: RbacRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const root = this.root;
    const config = root.config;
    if (!config.enforcement.drawEnabled()) return Action.Continue;
    root.facts.begin(this, config.paths, config.ignoresCase);
    this.judge();
    if (root.verdict.isDenied && !config.enforcement.drawEnforced(this, utf8("rbac.shadow_result"))) return this.pass();
    this.tell(root.verdict);
    return root.verdict.isDenied ? this.deny() : this.allow();
  }

  /** A request whose path is ambiguous is refused before any policy is asked. */
  private judge(): void {
    const root = this.root;
    const table = root.config.table;
    root.verdict.isAmbiguous = root.facts.isAmbiguous;
    if (root.verdict.isAmbiguous) return root.verdict.refuse();
    table.decide(root.facts, false, root.verdict);
    if (table.hasDryRuns) this.tryDryRuns();
    if (table.auditing.has(false)) this.audit();
    if (table.isInOrder) this.explain();
  }

  private allow(): Action {
    const root = this.root;
    root.allowed.increment();
    root.countPolicy(root.verdict.policy, Outcome.Allowed);
    return Action.Continue;
  }

  private deny(): Action {
    const root = this.root;
    const policy = root.verdict.policy;
    root.denied.increment();
    root.countPolicy(policy, Outcome.Denied);
    if (root.verdict.isAmbiguous) return this.refusePath();
    const details = BytesBuilder.create().add(utf8("rbac_access_denied_matched_policy")).addByte(0x5b);
    details.add(nameOf(policy)).addByte(0x5d);
    this.sendLocalResponse(403, details.toBytes(), utf8("RBAC: access denied"));
    return Action.Pause;
  }

  private refusePath(): Action {
    this.sendLocalResponse(400, utf8("rbac_ambiguous_path"), utf8("RBAC: ambiguous path"));
    return Action.Pause;
  }

  /** The request would be denied, if verdicts were carried out. */
  private pass(): Action {
    const root = this.root;
    root.shadowDenied.increment();
    root.countPolicy(root.verdict.policy, Outcome.ShadowDenied);
    return Action.Continue;
  }

  /** What would become of the request with all policies in force. */
  private tryDryRuns(): void {
    const root = this.root;
    const verdict = root.shadowVerdict;
    root.config.table.decide(root.facts, true, verdict);
    (verdict.isDenied ? root.shadowDenied : root.shadowAllowed).increment();
    root.countPolicy(verdict.policy, verdict.isDenied ? Outcome.ShadowDenied : Outcome.ShadowAllowed);
    this.setProperty(utf8("rbac.shadow_result"), verdict.isDenied ? utf8("denied") : utf8("allowed"));
    this.setProperty(utf8("rbac.shadow_policy"), nameOf(verdict.policy));
  }

  private audit(): void {
    const root = this.root;
    const policy = root.config.table.auditOf(root.facts);
    (policy === null ? root.notLogged : root.logged).increment();
    if (policy === null) return;
    this.setProperty(utf8("rbac.access_log_hint"), utf8("true"));
    logAudit(root.facts, utf8("audited"), policy);
  }

  private explain(): void {
    const explanation = explain(this.root.config.table, this.root.facts);
    this.setProperty(utf8("rbac.explanation"), explanation);
    this.log(LogLevel.Info, explanation);
  }

  private tell(verdict: Verdict): void {
    const audit = this.root.config.audit;
    if (audit === null || !audit.draw(verdict.isDenied)) return;
    logAudit(this.root.facts, verdict.isDenied ? utf8("denied") : utf8("allowed"), verdict.policy);
  }
}

function nameOf(policy: Policy | null): Bytes {
  return policy === null ? utf8("none") : policy.name.view;
}
