import { Facts } from "./facts";
import { Policy, PolicyAction } from "./policy";
import { PolicySet } from "./policy-set";

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
 * Decides in Istio's order: what a DENY policy matches is refused; what an ALLOW policy matches passes; the rest passes only
 * when there is no ALLOW policy and the default lets it.
 */
export class PolicyTable {
  readonly denying: PolicySet = new PolicySet(true);
  readonly allowing: PolicySet = new PolicySet(false);
  readonly auditing: PolicySet = new PolicySet(true);
  deniesByDefault: bool = false;
  /** Whether some policy is only tried. */
  hasDryRuns: bool = false;
  /** Whether the index is left out: each decision is then as it is explained. */
  isInOrder: bool = false;

  add(policy: Policy): void {
    this.setOf(policy.action).add(policy);
    if (policy.isDryRun) this.hasDryRuns = true;
  }

  /** Decides by the policies in force; `withDryRuns`: as if those that are only tried were, too. */
  decide(facts: Facts, withDryRuns: bool, verdict: Verdict): void {
    verdict.policy = this.first(this.denying, facts, withDryRuns);
    verdict.isDenied = verdict.policy !== null;
    if (verdict.isDenied) return;
    verdict.policy = this.first(this.allowing, facts, withDryRuns);
    verdict.isDenied = verdict.policy === null && (this.deniesByDefault || this.allowing.has(withDryRuns));
  }

  /** The first policy that wants the request to be told of; null without one. */
  auditOf(facts: Facts): Policy | null {
    return this.first(this.auditing, facts, false);
  }

  private first(set: PolicySet, facts: Facts, withDryRuns: bool): Policy | null {
    return this.isInOrder ? set.firstInOrder(facts, withDryRuns) : set.first(facts, withDryRuns);
  }

  private setOf(action: PolicyAction): PolicySet {
    if (action == PolicyAction.Deny) return this.denying;
    return action == PolicyAction.Allow ? this.allowing : this.auditing;
  }
}
