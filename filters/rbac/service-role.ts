import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Attribute } from "./attribute";
import { AttributeKey } from "./attribute-key";
import { Policy } from "./policy";
import { Clause, Rule, readConditions, readOperationField } from "./rule";

/** `service_roles`: what those may do who have a role (Istio's RBAC before `AuthorizationPolicy`). */
export class ServiceRole {
  name: OwnedBytes = OwnedBytes.absent();
  private readonly operations: Clause[] = [];
  private readonly constraints: Clause[] = [];

  /** `ignoresCase`: of paths. */
  static read(reader: ConfigReader, ignoresCase: bool): ServiceRole {
    const role = new ServiceRole();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) role.name = reader.readText();
      else if (reader.at(utf8("rules"))) role.readRules(reader, ignoresCase);
      else reader.unknownField();
    }
    return role;
  }

  /** The policy that gives the role to somebody; no subjects = to nobody. */
  policyFor(subjects: Clause[], isDryRun: bool): Policy {
    const policy = new Policy();
    policy.name = this.name;
    policy.isDryRun = isDryRun;
    for (let i = 0; subjects.length > 0 && i < this.operations.length; i++) {
      policy.rules.push(new Rule(subjects, [this.operations[i]], this.constraints[i]));
    }
    return policy;
  }

  private readRules(reader: ConfigReader, ignoresCase: bool): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const operation = new Clause(ignoresCase);
      const constraints = new Clause();
      for (reader.enterObject(); reader.nextField(); ) {
        if (reader.at(utf8("constraints"))) readConditions(reader, constraints);
        else if (!operation.readField(reader, Attribute.Host, utf8("services"), utf8("not_services"))
          && !readOperationField(reader, operation)) reader.unknownField();
      }
      this.operations.push(operation);
      this.constraints.push(constraints);
    }
  }
}

/** `service_role_bindings`: who has a role. */
export class ServiceRoleBinding {
  role: OwnedBytes = OwnedBytes.absent();
  isDryRun: bool = false;
  readonly subjects: Clause[] = [];

  static read(reader: ConfigReader): ServiceRoleBinding {
    const binding = new ServiceRoleBinding();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("role"))) binding.role = reader.readText();
      else if (reader.at(utf8("mode"))) binding.isDryRun = reader.readChoice(utf8("ENFORCED or PERMISSIVE")) == 1;
      else if (reader.at(utf8("subjects"))) binding.readSubjects(reader);
      else reader.unknownField();
    }
    return binding;
  }

  private readSubjects(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const subject = new Clause();
      let isEmpty = true;
      for (reader.enterObject(); reader.nextField(); isEmpty = false) {
        if (reader.at(utf8("user"))) readUser(reader, subject);
        else if (reader.at(utf8("group"))) subject.readOne(reader, AttributeKey.parse(utf8("request.auth.claims[groups]"))!);
        else if (reader.at(utf8("properties"))) readProperties(reader, subject);
        else reader.unknownField();
      }
      if (isEmpty) reader.invalid(utf8("user, group or properties"));
      this.subjects.push(subject);
    }
  }
}

/** `*` is everybody, also who has no principal. */
function readUser(reader: ConfigReader, subject: Clause): void {
  subject.readOne(reader, new AttributeKey(Attribute.Principal));
  const term = subject.terms[subject.terms.length - 1];
  const values = term.wantedTexts;
  if (values !== null && values.size == 1 && values.at(0).isAny) subject.terms.pop();
}

/** `{"source.namespace": "default"}` */
function readProperties(reader: ConfigReader, subject: Clause): void {
  for (reader.enterObject(); reader.nextField(); ) {
    const key = AttributeKey.parse(reader.field);
    if (key === null) reader.unknownField();
    else subject.readOne(reader, key);
  }
}
