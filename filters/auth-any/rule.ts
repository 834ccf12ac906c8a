import { HeaderList, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Finding } from "../common/auth-method";
import { DecisionPath } from "../common/decision-path";
import { Matcher } from "../common/matcher";
import { StringMatch } from "../common/string-match";
import { Methods, NamedMethod } from "./methods";
import { AnyRequirement, MethodRequirement, Requirement, readRequirement } from "./requirement";
import { Trial } from "./trial";

/** What the requests that match must show. */
export class Rule {
  readonly match: Matcher<StringMatch>;
  /** Methods that the requirement names, once each. */
  private readonly methods: NamedMethod[] = [];

  constructor(private requirement: Requirement, paths: DecisionPath) {
    this.match = new Matcher<StringMatch>(paths);
  }

  static read(reader: ConfigReader, paths: DecisionPath): Rule {
    const rule = new Rule(new AnyRequirement([]), paths);
    let isWhole = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match.read(reader);
      else if (reader.at(utf8("requires"))) {
        rule.requirement = readRequirement(reader);
        isWhole = true;
      } else reader.unknownField();
    }
    if (!isWhole) reader.missing(utf8("requires"));
    return rule;
  }

  /** Only now all methods are known. */
  connect(reader: ConfigReader, methods: Methods): void {
    const isKnown = this.requirement.resolve(methods, this.methods);
    if (!isKnown) reader.invalid(utf8("in requires names that methods has"));
  }

  judge(trial: Trial): Finding {
    return this.requirement.judge(trial);
  }

  /** Whether credentials are looked at. */
  get asks(): bool {
    return this.methods.length > 0;
  }

  /**
   * What a client may show instead (RFC 9110 11.6.1): a challenge for each method that has one; to who is known and may not do
   * this, that of the method that says so.
   */
  challenges(stream: HttpContext, trial: Trial, finding: Finding): HeaderList {
    const headers = HeaderList.create();
    for (let i = 0; i < this.methods.length; i++) {
      const method = this.methods[i].method;
      const failure = trial.failureOf(method);
      if (finding == Finding.Forbidden && failure === null) continue;
      const challenge = method.challenge(stream, failure);
      if (!challenge.isAbsent) headers.add(utf8("www-authenticate"), challenge);
    }
    return headers;
  }
}

/** The rule without a requirement: one of all methods, in their order. */
export function anyOf(methods: Methods): Requirement {
  const list: Requirement[] = [];
  for (let i = 0; i < methods.list.length; i++) list.push(new MethodRequirement(methods.list[i].name));
  return new AnyRequirement(list);
}
