import { utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DenyReply } from "../common/deny-reply";
import { DecisionPath } from "../common/decision-path";
import { Enforcement } from "../common/enforcement";
import { AuditLog } from "./audit-log";
import { Policy } from "./policy";
import { PolicyTable } from "./policy-table";

const FORBIDDEN: u32 = 403;

/** The plugin's configuration; immutable once read. */
export class Config {
  readonly table: PolicyTable = new PolicyTable();
  readonly paths: DecisionPath = new DecisionPath();
  readonly enforcement: Enforcement = new Enforcement();
  readonly reply: DenyReply = new DenyReply(FORBIDDEN, utf8("RBAC: access denied").toOwned());
  /** Null = nothing is told but what a policy wants. */
  audit: AuditLog | null = null;
  /** Whether each policy is counted by its name. */
  tracksPolicies: bool = false;

  private deniesPaths: bool = false;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    let isTold = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("policies"))) config.readPolicies(reader);
      else if (reader.at(utf8("default_action"))) config.table.deniesByDefault = readsDeny(reader);
      else if (reader.at(utf8("audit"))) config.audit = AuditLog.read(reader);
      else if (reader.at(utf8("deny_response"))) config.reply.read(reader);
      else if (reader.at(utf8("track_per_rule_stats"))) config.tracksPolicies = reader.readBool();
      else {
        if (reader.at(utf8("reject_ambiguous"))) isTold = true;
        if (!config.paths.readField(reader) && !config.enforcement.readField(reader)) reader.unknownField();
      }
    }
    if (!isTold) config.paths.refusesAmbiguous = config.deniesPaths;
    return config;
  }

  private readPolicies(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const policy = Policy.read(reader);
      if (policy.deniesPaths) this.deniesPaths = true;
      if (!this.table.add(policy)) reader.invalid(utf8("a name of its own for each policy"));
    }
  }
}

function readsDeny(reader: ConfigReader): bool {
  const name = reader.readText().view;
  const denies = name.equals(utf8("DENY"));
  if (!denies && !name.equals(utf8("ALLOW"))) reader.invalid(utf8("ALLOW or DENY"));
  return denies;
}
