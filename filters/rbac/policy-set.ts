import { Facts } from "./facts";
import { Policy } from "./policy";
import { Rule } from "./rule";
import { RuleIndex } from "./rule-index";

/** The policies of one action, in the order of the configuration. */
export class PolicySet {
  readonly policies: Policy[] = [];
  private readonly rules: Rule[] = [];
  /** Number of the policy of each rule. */
  private readonly owners: i32[] = [];
  private readonly index: RuleIndex = new RuleIndex();
  private forced: i32 = 0;

  /** `isWide` as for terms. */
  constructor(readonly isWide: bool) {}

  add(policy: Policy): void {
    for (let i = 0; i < policy.rules.length; i++) {
      policy.rules[i].addTo(this.index, this.rules.length);
      this.rules.push(policy.rules[i]);
      this.owners.push(this.policies.length);
    }
    this.policies.push(policy);
    if (!policy.isDryRun) this.forced++;
  }

  /** Whether there is a policy that counts. */
  has(withDryRuns: bool): bool {
    return (withDryRuns ? this.policies.length : this.forced) > 0;
  }

  /** The first policy that matches; null without one. */
  first(facts: Facts, withDryRuns: bool): Policy | null {
    const found = this.index.find(facts);
    let best = this.policies.length;
    for (let i = 0; i < found.length; i++) {
      const owner = this.owners[found[i]];
      if (owner >= best || (this.policies[owner].isDryRun && !withDryRuns)) continue;
      if (this.rules[found[i]].holds(facts, this.isWide)) best = owner;
    }
    return best < this.policies.length ? this.policies[best] : null;
  }

  /** The same without the index. */
  firstInOrder(facts: Facts, withDryRuns: bool): Policy | null {
    for (let i = 0; i < this.rules.length; i++) {
      const policy = this.policies[this.owners[i]];
      if ((withDryRuns || !policy.isDryRun) && this.rules[i].holds(facts, this.isWide)) return policy;
    }
    return null;
  }
}
