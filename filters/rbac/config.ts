import { Bytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../common/decision-path";
import { Enforcement } from "../common/enforcement";
import { AuditLog } from "./audit-log";
import { Policy } from "./policy";
import { PolicyTable } from "./policy-table";
import { ServiceRole, ServiceRoleBinding } from "./service-role";

/** The plugin's configuration; immutable once read. */
export class Config {
  readonly table: PolicyTable = new PolicyTable();
  readonly paths: DecisionPath = new DecisionPath();
  readonly enforcement: Enforcement = new Enforcement();
  /** Null = nothing is told but what a policy wants. */
  audit: AuditLog | null = null;
  /** Whether each policy is counted by its name. */
  tracksPolicies: bool = false;

  /** Whether paths are compared without case. */
  ignoresCase: bool = false;

  private deniesPaths: bool = false;
  /** Whether rules have been read. */
  private hasRules: bool = false;
  private readonly roles: ServiceRole[] = [];

  static read(reader: ConfigReader): Config {
    const config = new Config();
    let isTold = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("policies"))) config.readPolicies(reader);
      else if (reader.at(utf8("service_roles"))) config.readRoles(reader);
      else if (reader.at(utf8("service_role_bindings"))) config.readBindings(reader);
      else if (reader.at(utf8("default_action"))) config.table.deniesByDefault = reader.readChoice(utf8("ALLOW or DENY")) == 1;
      else if (reader.at(utf8("case_sensitive"))) config.readCase(reader);
      else if (reader.at(utf8("audit"))) config.audit = AuditLog.read(reader);
      else if (reader.at(utf8("explain"))) config.table.isInOrder = reader.readBool();
      else if (reader.at(utf8("track_per_rule_stats"))) config.tracksPolicies = reader.readBool();
      else {
        if (reader.at(utf8("reject_ambiguous"))) isTold = true;
        if (!config.readPath(reader) && !config.enforcement.readField(reader)) reader.unknownField();
      }
    }
    if (!isTold) config.paths.refusesAmbiguous = config.deniesPaths;
    return config;
  }

  /** Comes in front of all that has paths, as these are made for it. */
  private readCase(reader: ConfigReader): void {
    if (this.hasRules) reader.invalid(utf8("case_sensitive in front of policies and roles"));
    this.ignoresCase = !reader.readBool();
  }

  private readPath(reader: ConfigReader): bool {
    return this.paths.readField(reader) || this.paths.readRefusal(reader);
  }

  /** Bindings come after their roles, as they are given out then. */
  private readRoles(reader: ConfigReader): void {
    this.hasRules = true;
    for (reader.enterArray(); reader.nextItem(); ) this.roles.push(ServiceRole.read(reader, this.ignoresCase));
  }

  private readBindings(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const binding = ServiceRoleBinding.read(reader);
      const role = this.roleOf(binding.role.view);
      if (role === null) reader.invalid(utf8("role: one of service_roles, which stand in front of the bindings"));
      else this.table.add(role.policyFor(binding.subjects, binding.isDryRun));
    }
  }

  private roleOf(name: Bytes): ServiceRole | null {
    for (let i = 0; i < this.roles.length; i++) if (this.roles[i].name.view.equals(name)) return this.roles[i];
    return null;
  }

  private readPolicies(reader: ConfigReader): void {
    this.hasRules = true;
    for (reader.enterArray(); reader.nextItem(); ) {
      const policy = Policy.read(reader, this.ignoresCase);
      if (policy.deniesPaths) this.deniesPaths = true;
      this.table.add(policy);
    }
  }
}
