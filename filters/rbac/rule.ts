import { Bytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Attribute } from "./attribute";
import { AttributeKey } from "./attribute-key";
import { Facts } from "./facts";
import { RuleIndex } from "./rule-index";
import { Term } from "./term";
import { ValueSet } from "./value-set";

/** Terms that all have to hold. */
export class Clause {
  readonly terms: Term[] = [];

  /** `ignoresCase`: of paths. */
  constructor(private readonly ignoresCase: bool = false) {}

  /** Of an attribute the texts of which a request must have one; null when it need not. */
  valuesOf(attribute: Attribute): ValueSet | null {
    const wanted = attribute == Attribute.HostName ? Attribute.Host : attribute;
    for (let i = 0; i < this.terms.length; i++) {
      const term = this.terms[i];
      if (term.key.attribute == wanted && term.wantedTexts !== null) return term.wantedTexts;
    }
    return null;
  }

  has(attribute: Attribute): bool {
    for (let i = 0; i < this.terms.length; i++) if (this.terms[i].key.attribute == attribute) return true;
    return false;
  }

  holds(facts: Facts, isWide: bool): bool {
    for (let i = 0; i < this.terms.length; i++) if (!this.terms[i].holds(facts, isWide)) return false;
    return true;
  }

  /** Reads the current field when it is a list of this attribute, or of what it may not be; false when it is neither. */
  readField(reader: ConfigReader, attribute: Attribute, name: Bytes, notName: Bytes): bool {
    const isNegated = reader.at(notName);
    if (!isNegated && !reader.at(name)) return false;
    const key = new AttributeKey(attribute);
    key.ignoresCase = this.ignoresCase && attribute == Attribute.Path;
    this.readTerm(reader, key, isNegated);
    return true;
  }

  /** Reads a list of values; an empty one asks for nothing. */
  readTerm(reader: ConfigReader, key: AttributeKey, isNegated: bool): void {
    const term = Term.of(key, isNegated);
    let count = 0;
    for (reader.enterArray(); reader.nextItem(); count++) term.readValue(reader);
    if (count > 0) this.terms.push(term);
  }

  /** Reads one value. */
  readOne(reader: ConfigReader, key: AttributeKey): void {
    const term = Term.of(key, false);
    term.readValue(reader);
    this.terms.push(term);
  }
}

/** `{from, to, when}`: who does what, and what else has to hold. */
export class Rule {
  /** Of sources and operations one has to hold, if there are any. */
  constructor(
    private readonly sources: Clause[], private readonly operations: Clause[], private readonly conditions: Clause,
  ) {}

  static read(reader: ConfigReader, ignoresCase: bool): Rule {
    const rule = new Rule([], [], new Clause());
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("from"))) readClauses(reader, rule.sources, utf8("source"), ignoresCase);
      else if (reader.at(utf8("to"))) readClauses(reader, rule.operations, utf8("operation"), ignoresCase);
      else if (reader.at(utf8("when"))) readConditions(reader, rule.conditions);
      else reader.unknownField();
    }
    return rule;
  }

  get asksForPath(): bool {
    for (let i = 0; i < this.operations.length; i++) if (this.operations[i].has(Attribute.Path)) return true;
    return false;
  }

  holds(facts: Facts, isWide: bool): bool {
    return this.missing(facts, isWide).isAbsent;
  }

  /** The first part that does not hold; absent when all do. */
  missing(facts: Facts, isWide: bool): Bytes {
    if (!anyHolds(this.operations, facts, isWide)) return utf8("to");
    if (!anyHolds(this.sources, facts, isWide)) return utf8("from");
    return this.conditions.holds(facts, isWide) ? Bytes.absent : utf8("when");
  }

  /** Adds itself under a number. */
  addTo(index: RuleIndex, number: i32): void {
    for (let i = 0; i < max(1, this.operations.length); i++) {
      const operation = i < this.operations.length ? this.operations[i] : null;
      for (let j = 0; j < max(1, this.sources.length); j++) {
        index.add(number, operation, j < this.sources.length ? this.sources[j] : null);
      }
    }
  }
}

/** An empty list asks for nothing. */
function anyHolds(clauses: Clause[], facts: Facts, isWide: bool): bool {
  for (let i = 0; i < clauses.length; i++) if (clauses[i].holds(facts, isWide)) return true;
  return clauses.length == 0;
}

/** `[{source: {…}}, …]`, `[{operation: {…}}, …]` */
function readClauses(reader: ConfigReader, clauses: Clause[], name: Bytes, ignoresCase: bool): void {
  for (reader.enterArray(); reader.nextItem(); ) {
    const clause = new Clause(ignoresCase);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(name)) readClause(reader, clause);
      else reader.unknownField();
    }
    if (clause.terms.length == 0) reader.invalid(utf8("at least one list with values"));
    clauses.push(clause);
  }
}

function readClause(reader: ConfigReader, clause: Clause): void {
  const isSource = reader.at(utf8("source"));
  for (reader.enterObject(); reader.nextField(); ) {
    const isKnown = isSource ? readSourceField(reader, clause) : readOperationField(reader, clause);
    if (!isKnown) reader.unknownField();
  }
}

function readSourceField(reader: ConfigReader, clause: Clause): bool {
  return clause.readField(reader, Attribute.Principal, utf8("principals"), utf8("not_principals"))
    || clause.readField(reader, Attribute.RequestPrincipal, utf8("request_principals"), utf8("not_request_principals"))
    || clause.readField(reader, Attribute.Namespace, utf8("namespaces"), utf8("not_namespaces"))
    || clause.readField(reader, Attribute.ServiceAccount, utf8("service_accounts"), utf8("not_service_accounts"))
    || clause.readField(reader, Attribute.TrustDomain, utf8("trust_domains"), utf8("not_trust_domains"))
    || clause.readField(reader, Attribute.SourceAddress, utf8("ip_blocks"), utf8("not_ip_blocks"))
    || clause.readField(reader, Attribute.RemoteAddress, utf8("remote_ip_blocks"), utf8("not_remote_ip_blocks"));
}

export function readOperationField(reader: ConfigReader, clause: Clause): bool {
  return clause.readField(reader, Attribute.Host, utf8("hosts"), utf8("not_hosts"))
    || clause.readField(reader, Attribute.Port, utf8("ports"), utf8("not_ports"))
    || clause.readField(reader, Attribute.Method, utf8("methods"), utf8("not_methods"))
    || clause.readField(reader, Attribute.Path, utf8("paths"), utf8("not_paths"));
}

/** `[{key, values, not_values}, …]` */
export function readConditions(reader: ConfigReader, clause: Clause): void {
  for (reader.enterArray(); reader.nextItem(); ) {
    const count = clause.terms.length;
    let key: AttributeKey | null = null;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("key"))) key = readKey(reader);
      else if (key === null) reader.invalid(utf8("key in front of the values"));
      else if (reader.at(utf8("values"))) clause.readTerm(reader, key, false);
      else if (reader.at(utf8("not_values"))) clause.readTerm(reader, key, true);
      else reader.unknownField();
    }
    if (clause.terms.length == count) reader.missing(utf8("values or not_values"));
  }
}

function readKey(reader: ConfigReader): AttributeKey | null {
  const key = AttributeKey.parse(reader.readText().view);
  if (key === null) reader.invalid(utf8('a key such as "request.headers[x-env]", "source.ip" or "request.auth.claims[groups]"'));
  return key;
}
