import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";
import { Facts } from "./facts";
import { PolicySet } from "./policy-set";
import { PolicyTable } from "./policy-table";

/** What every rule says of the request, `p1[0] matches, p2[0] not to`: the first part that does not hold. */
export function explain(table: PolicyTable, facts: Facts): Bytes {
  const line = BytesBuilder.create();
  addSet(line, table.denying, facts);
  addSet(line, table.allowing, facts);
  addSet(line, table.auditing, facts);
  return line.toBytes();
}

function addSet(line: BytesBuilder, set: PolicySet, facts: Facts): void {
  for (let i = 0; i < set.policies.length; i++) {
    const policy = set.policies[i];
    for (let j = 0; j < policy.rules.length; j++) {
      const missing = policy.rules[j].missing(facts, set.isWide);
      if (line.length > 0) line.add(utf8(", "));
      line.add(policy.name.view).addByte(0x5b).addI64(j).add(missing.isAbsent ? utf8("] matches") : utf8("] not ")).add(missing);
    }
  }
}
