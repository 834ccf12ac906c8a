import { Bytes, BytesBuilder, Counter, OwnedBytes, RootContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Rule } from "./rule";

/** What becomes of a request that a policy matches; in the order in which the configuration names them. */
export enum PolicyAction {
  Allow,
  Deny,
  /** It is told. */
  Audit,
}

/** What a policy is counted for. */
export enum Outcome {
  Allowed,
  Denied,
  ShadowAllowed,
  ShadowDenied,
}

/** A named list of rules, of which one has to match. */
export class Policy {
  name: OwnedBytes = OwnedBytes.absent();
  action: PolicyAction = PolicyAction.Allow;
  /** It has no effect but what would be is counted and told. */
  isDryRun: bool = false;
  readonly rules: Rule[] = [];
  private readonly counters: StaticArray<Counter | null> = new StaticArray<Counter | null>(Outcome.ShadowDenied + 1);

  /** `ignoresCase`: of paths. */
  static read(reader: ConfigReader, ignoresCase: bool): Policy {
    const policy = new Policy();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) policy.name = readName(reader);
      else if (reader.at(utf8("action"))) policy.action = reader.readChoice(utf8("ALLOW, DENY or AUDIT"));
      else if (reader.at(utf8("dry_run"))) policy.isDryRun = reader.readBool();
      else if (reader.at(utf8("rules"))) policy.readRules(reader, ignoresCase);
      else reader.unknownField();
    }
    if (policy.name.length == 0) reader.missing(utf8("name"));
    return policy;
  }

  /** Whether it forbids paths. */
  get deniesPaths(): bool {
    for (let i = 0; i < this.rules.length; i++) {
      if (this.action == PolicyAction.Deny && this.rules[i].asksForPath) return true;
    }
    return false;
  }

  /** Counts under the policy's own name, `rbac.policy.<name>.denied`. */
  count(root: RootContext, outcome: Outcome): void {
    let counter = this.counters[outcome];
    if (counter === null) {
      const name = BytesBuilder.create().add(utf8("rbac.policy.")).add(this.name.view).addByte(0x2e).add(nameOf(outcome));
      counter = root.defineCounter(name.toBytes());
      this.counters[outcome] = counter;
    }
    counter.increment();
  }

  private readRules(reader: ConfigReader, ignoresCase: bool): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader, ignoresCase));
  }
}

function nameOf(outcome: Outcome): Bytes {
  switch (outcome) {
    case Outcome.Allowed: return utf8("allowed");
    case Outcome.Denied: return utf8("denied");
    case Outcome.ShadowAllowed: return utf8("shadow_allowed");
    default: return utf8("shadow_denied");
  }
}

/** Names stand in logs and in names of metrics. */
function readName(reader: ConfigReader): OwnedBytes {
  const name = reader.readText();
  for (let i = 0; i < name.length; i++) {
    if (name.view[i] <= 0x20 || name.view[i] >= 0x7f) reader.invalid(utf8("a name of visible characters"));
  }
  return name;
}
