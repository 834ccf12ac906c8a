import { xxh64 } from "@sluice/sdk";
import { Facts } from "./facts";
import { Policy, PolicyAction } from "./policy";

/** What became of a request. */
export class Verdict {
  isDenied: bool = false;
  /** The policy that decided; null = none did. */
  policy: Policy | null = null;
  /** The path decided: others may read another one from it. */
  isAmbiguous: bool = false;

  /** Denied by no policy. */
  refuse(): void {
    this.isDenied = true;
    this.policy = null;
  }
}

/**
 * The policies in the order of the configuration, decided on in Istio's: what a DENY policy matches is refused; what an ALLOW
 * policy matches passes; the rest passes only when there is no ALLOW policy and the default lets it.
 */
export class PolicyTable {
  private readonly policies: Policy[] = [];
  private readonly names: Set<u64> = new Set<u64>();
  deniesByDefault: bool = false;
  /** Whether some policy is only tried. */
  hasDryRuns: bool = false;
  hasAudits: bool = false;
  /** Whether some policy in force lets requests in, and whether one does that is only tried. */
  private hasAllow: bool = false;
  private hasDryAllow: bool = false;

  /** False when there is a policy of this name. */
  add(policy: Policy): bool {
    const name = xxh64(policy.name.view);
    if (this.names.has(name)) return false;
    this.names.add(name);
    this.policies.push(policy);
    const allows = policy.action == PolicyAction.Allow;
    if (policy.action == PolicyAction.Audit) this.hasAudits = true;
    if (policy.isDryRun) this.hasDryRuns = true;
    if (allows && policy.isDryRun) this.hasDryAllow = true;
    if (allows && !policy.isDryRun) this.hasAllow = true;
    return true;
  }

  /** Decides by the policies in force; `withDryRuns`: as if those that are only tried were, too. */
  decide(facts: Facts, withDryRuns: bool, verdict: Verdict): void {
    verdict.policy = this.firstMatch(facts, PolicyAction.Deny, withDryRuns);
    verdict.isDenied = verdict.policy !== null;
    if (verdict.isDenied) return;
    verdict.policy = this.firstMatch(facts, PolicyAction.Allow, withDryRuns);
    const needsAllow = this.deniesByDefault || this.hasAllow || (withDryRuns && this.hasDryAllow);
    verdict.isDenied = verdict.policy === null && needsAllow;
  }

  /** The first policy that wants the request to be told of; null without one. */
  auditOf(facts: Facts): Policy | null {
    return this.hasAudits ? this.firstMatch(facts, PolicyAction.Audit, false) : null;
  }

  private firstMatch(facts: Facts, action: PolicyAction, withDryRuns: bool): Policy | null {
    for (let i = 0; i < this.policies.length; i++) {
      const policy = this.policies[i];
      if (policy.action == action && (withDryRuns || !policy.isDryRun) && policy.matches(facts)) return policy;
    }
    return null;
  }
}
