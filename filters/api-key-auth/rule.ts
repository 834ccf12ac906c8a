import { sha256, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../common/decision-path";
import { slotOf } from "../common/digest-slot";
import { Matcher } from "../common/matcher";
import { SlotTable } from "../common/slot-table";
import { StringMatch } from "../common/string-match";
import { Credential } from "../common/api-key/credential";

/** Which clients may send the requests that match. */
export class Rule {
  readonly match: Matcher<StringMatch>;
  /** Whether nobody is asked for a key. */
  isDisabled: bool = false;
  /** Clients by the beginning of their names' digests; empty = every known one. */
  private readonly allowed: SlotTable = new SlotTable();

  constructor(paths: DecisionPath) {
    this.match = new Matcher<StringMatch>(paths);
  }

  static read(reader: ConfigReader, paths: DecisionPath): Rule {
    const rule = new Rule(paths);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match.read(reader);
      else if (reader.at(utf8("disabled"))) rule.isDisabled = reader.readBool();
      else if (reader.at(utf8("allowed_clients"))) rule.readNames(reader);
      else reader.unknownField();
    }
    return rule;
  }

  allows(credential: Credential): bool {
    return this.allowed.size == 0 || this.allowed.find(credential.clientSlot) >= 0;
  }

  private readNames(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.allowed.add(slotOf(sha256(reader.readText().view)));
  }
}
