import { Bytes, BytesBuilder, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "../common/cidr-set";
import { Attribute } from "./attribute";
import { claimMatches } from "./claims";
import { Facts, withoutPort } from "./facts";
import { AttributeKey } from "./attribute-key";
import { TimeWindows } from "./time-windows";
import { ValuePattern, ValueSet } from "./value-set";

const COMMA: u8 = 0x2c;
const SLASH: u8 = 0x2f;
const STAR: u8 = 0x2a;
const MAX_PORT: u32 = 65535;

/**
 * One list of values, and what of a request is compared with them; a negated one holds when none matches.
 *
 * Where a request says several things at once, or nothing that can be known, the reading that lets less pass counts: the wide
 * one for what refuses requests, the narrow one for what lets them in.
 */
export abstract class Term {
  constructor(readonly key: AttributeKey, private readonly isNegated: bool) {}

  /** Reads the list that the reader stands at. Null when it is empty: it asks for nothing. */
  static read(reader: ConfigReader, key: AttributeKey, isNegated: bool): Term | null {
    switch (key.attribute) {
      case Attribute.SourceAddress:
      case Attribute.RemoteAddress:
      case Attribute.DestinationAddress: return readRanges(reader, key, isNegated);
      case Attribute.Time: return readTimes(reader, key, isNegated);
      default: return readTexts(reader, key, isNegated);
    }
  }

  holds(facts: Facts, isWide: bool): bool {
    return this.matches(facts, isWide != this.isNegated) != this.isNegated;
  }

  protected abstract matches(facts: Facts, isWide: bool): bool;
}

/** One text of the request. */
class TextTerm extends Term {
  constructor(key: AttributeKey, isNegated: bool, protected readonly values: ValueSet) {
    super(key, isNegated);
  }

  protected override matches(facts: Facts, isWide: bool): bool {
    return this.values.matches(facts.text(this.key.attribute));
  }
}

/** A host counts with its port and without. */
class HostTerm extends TextTerm {
  protected override matches(facts: Facts, isWide: bool): bool {
    const host = facts.text(Attribute.Host);
    return this.values.matches(host) || this.values.matches(withoutPort(host));
  }
}

/** The narrow reading wants every value of a repeated header, the wide one any part of what they say together. */
class HeaderTerm extends TextTerm {
  protected override matches(facts: Facts, isWide: bool): bool {
    const headers = facts.headers;
    const name = this.key.name.view;
    const count = headers.count(name);
    const all = BytesBuilder.create();
    for (let i = 0; i < count; i++) {
      const value = headers.value(name, i);
      if (this.values.matches(value) == isWide) return isWide;
      (i > 0 ? all.addByte(COMMA) : all).add(value);
    }
    if (!isWide) return count > 0;
    const joined = all.toBytes();
    return count > 0 && (this.values.matches(joined) || this.matchesItem(joined));
  }

  private matchesItem(list: Bytes): bool {
    for (let start = 0; start <= list.length; ) {
      const comma = list.indexOfByte(COMMA, start);
      const end = comma < 0 ? list.length : comma;
      if (this.values.matches(list.slice(start, end).trim())) return true;
      start = end + 1;
    }
    return false;
  }
}

class ClaimTerm extends TextTerm {
  protected override matches(facts: Facts, isWide: bool): bool {
    return claimMatches(facts.claims(), this.key.path, this.values);
  }
}

/** What another filter has found out. */
class PropertyTerm extends TextTerm {
  protected override matches(facts: Facts, isWide: bool): bool {
    const value = facts.stream.getProperty(this.key.name.view);
    return value.length > 0 && this.values.matches(value);
  }
}

class AddressTerm extends Term {
  constructor(key: AttributeKey, isNegated: bool, private readonly ranges: CidrSet) {
    super(key, isNegated);
  }

  protected override matches(facts: Facts, isWide: bool): bool {
    const address = facts.address(this.key.attribute);
    return address === null ? isWide : this.ranges.has(address);
  }
}

class TimeTerm extends Term {
  constructor(key: AttributeKey, isNegated: bool, private readonly windows: TimeWindows) {
    super(key, isNegated);
  }

  protected override matches(facts: Facts, isWide: bool): bool {
    return this.windows.has(facts.stream.nowNanos());
  }
}

function readTexts(reader: ConfigReader, key: AttributeKey, isNegated: bool): Term | null {
  const values = new ValueSet();
  for (reader.enterArray(); reader.nextItem(); ) {
    const pattern = patternOf(key.attribute, reader.readText().view);
    if (pattern === null) reader.invalid(wantedOf(key.attribute));
    else values.add(pattern);
  }
  if (values.isEmpty) return null;
  switch (key.attribute) {
    case Attribute.Host: return new HostTerm(key, isNegated, values);
    case Attribute.Header: return new HeaderTerm(key, isNegated, values);
    case Attribute.Claim: return new ClaimTerm(key, isNegated, values);
    case Attribute.Property: return new PropertyTerm(key, isNegated, values);
    default: return new TextTerm(key, isNegated, values);
  }
}

function readRanges(reader: ConfigReader, key: AttributeKey, isNegated: bool): Term | null {
  const ranges = CidrSet.read(reader);
  return ranges.isEmpty ? null : new AddressTerm(key, isNegated, ranges);
}

function readTimes(reader: ConfigReader, key: AttributeKey, isNegated: bool): Term | null {
  const windows = new TimeWindows();
  let count = 0;
  for (reader.enterArray(); reader.nextItem(); count++) {
    if (!windows.add(reader.readText().view)) reader.invalid(utf8('a span of the day such as "09:00-17:00"'));
  }
  return count == 0 ? null : new TimeTerm(key, isNegated, windows);
}

/** Null when the value cannot be one of this attribute. */
function patternOf(attribute: Attribute, value: Bytes): ValuePattern | null {
  if (attribute == Attribute.Path) return value[0] == SLASH || value[0] == STAR ? ValuePattern.parsePath(value) : null;
  if (attribute == Attribute.Host) return ValuePattern.parse(value.toLowerCase());
  if (attribute == Attribute.Port) return isPort(value) ? ValuePattern.parse(value) : null;
  return ValuePattern.parse(attribute == Attribute.Principal ? withScheme(value) : value);
}

/** Principals are written without what all of them begin with. */
function withScheme(value: Bytes): Bytes {
  return value[0] == STAR || value.length == 0 ? value : BytesBuilder.create().add(utf8("spiffe://")).add(value).toBytes();
}

function isPort(text: Bytes): bool {
  return text.isDecimal() && text[0] != 0x30 && text.toU32() <= MAX_PORT;
}

function wantedOf(attribute: Attribute): Bytes {
  if (attribute == Attribute.Port) return utf8('a port such as "8080"');
  if (attribute == Attribute.Path) return utf8('a path such as "/a", "/a*", "*.html", "*", "/a/{*}/b" or "/a/{**}"');
  return utf8('a text, or one with * at one end such as "a*", "*a" or "*"');
}
