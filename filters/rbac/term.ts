import { Bytes, BytesBuilder, HeaderMap, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "../common/cidr-set";
import { Attribute } from "./attribute";
import { AttributeKey } from "./attribute-key";
import { claimMatches } from "./claims";
import { Facts } from "./facts";
import { TimeWindows } from "./time-windows";
import { ValuePattern, ValueSet } from "./value-set";

const COMMA: u8 = 0x2c;
const SLASH: u8 = 0x2f;
const STAR: u8 = 0x2a;
const MAX_PORT: u32 = 65535;
/** Of a header that is a list. */
const MOST_ITEMS: i32 = 256;
const FOUND: i32 = i32.MAX_VALUE;

/**
 * One list of values, and what of a request is compared with them; a negated one holds when none matches.
 *
 * Where a request says several things at once, or nothing that can be known, the reading that lets less pass counts: the wide
 * one for what refuses requests, the narrow one for what lets them in.
 */
export abstract class Term {
  constructor(readonly key: AttributeKey, protected readonly isNegated: bool) {}

  /** A term without values yet. */
  static of(key: AttributeKey, isNegated: bool): Term {
    switch (key.attribute) {
      case Attribute.SourceAddress:
      case Attribute.RemoteAddress:
      case Attribute.DestinationAddress: return new AddressTerm(key, isNegated);
      case Attribute.Time: return new TimeTerm(key, isNegated);
      case Attribute.Host: return new HostTerm(key, isNegated);
      case Attribute.Header: return new HeaderTerm(key, isNegated);
      case Attribute.Claim: return new ClaimTerm(key, isNegated);
      case Attribute.Property: return new PropertyTerm(key, isNegated);
      default: return new TextTerm(key, isNegated);
    }
  }

  /** Reads one more value. */
  readValue(reader: ConfigReader): void {
    if (!this.add(reader.readText().view)) reader.invalid(wantedOf(this.key.attribute));
  }

  /** Texts of which the request must have one; null when it need not. */
  get wantedTexts(): ValueSet | null {
    return null;
  }

  holds(facts: Facts, isWide: bool): bool {
    return this.matches(facts, isWide != this.isNegated) != this.isNegated;
  }

  /** False when the value cannot be one of the attribute. */
  protected abstract add(value: Bytes): bool;

  protected abstract matches(facts: Facts, isWide: bool): bool;
}

/** One text of the request. */
class TextTerm extends Term {
  protected readonly values: ValueSet = new ValueSet();

  override get wantedTexts(): ValueSet | null {
    return this.isNegated ? null : this.values;
  }

  protected override add(value: Bytes): bool {
    return this.values.add(patternOf(this.key.attribute, this.key.ignoresCase ? value.toLowerCase() : value));
  }

  protected override matches(facts: Facts, isWide: bool): bool {
    return this.values.matches(facts.text(this.key.attribute));
  }
}

/** Hosts without a port are those at any, hosts with one those at that port. */
class HostTerm extends TextTerm {
  private readonly withPort: ValueSet = new ValueSet();

  override get wantedTexts(): ValueSet | null {
    return this.isNegated || this.withPort.size > 0 ? null : this.values;
  }

  protected override add(value: Bytes): bool {
    const host = value.toLowerCase();
    return (hasPort(host) ? this.withPort : this.values).add(ValuePattern.parse(host));
  }

  protected override matches(facts: Facts, isWide: bool): bool {
    return this.values.matches(facts.text(Attribute.HostName)) || this.withPort.matches(facts.text(Attribute.Host));
  }
}

/**
 * The narrow reading wants every value of a repeated header, the wide one any part of what they say together. Of more items than a
 * header has that is meant well nothing is known: each of many rules would go through them.
 */
class HeaderTerm extends TextTerm {
  protected override matches(facts: Facts, isWide: bool): bool {
    const headers = facts.headers;
    const name = this.key.name.view;
    const count = headers.count(name);
    let items = 0;
    for (let i = 0; i < count; i++) {
      const value = headers.value(name, i);
      if (this.values.matches(value) == isWide) return isWide;
      if (isWide && (items = this.findItem(value, items)) == FOUND) return true;
    }
    return isWide ? count > 1 && this.values.matches(joined(headers, name)) : count > 0;
  }

  /** How many items there are with those of a list; {@link FOUND} when one of these matches. */
  private findItem(list: Bytes, before: i32): i32 {
    let items = before;
    for (let start = 0; start <= list.length; items++) {
      const comma = list.indexOfByte(COMMA, start);
      const end = comma < 0 ? list.length : comma;
      if (items == MOST_ITEMS || this.values.matches(list.slice(start, end).trim())) return FOUND;
      start = end + 1;
    }
    return items;
  }
}

/** The values of a header, with commas in between. */
function joined(headers: HeaderMap, name: Bytes): Bytes {
  const all = BytesBuilder.create();
  for (let i = 0; i < headers.count(name); i++) (i > 0 ? all.addByte(COMMA) : all).add(headers.value(name, i));
  return all.toBytes();
}

/** A claim, or what a filter of the proxy has said. */
class ClaimTerm extends TextTerm {
  protected override matches(facts: Facts, isWide: bool): bool {
    const filter = this.key.name.view;
    return claimMatches(filter.isAbsent ? facts.claims() : facts.metadata(filter), this.key.path, this.values);
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
  private readonly ranges: CidrSet = new CidrSet();

  protected override add(value: Bytes): bool {
    return this.ranges.add(value);
  }

  protected override matches(facts: Facts, isWide: bool): bool {
    const address = facts.address(this.key.attribute);
    return address === null ? isWide : this.ranges.has(address);
  }
}

class TimeTerm extends Term {
  private readonly windows: TimeWindows = new TimeWindows();

  protected override add(value: Bytes): bool {
    return this.windows.add(value);
  }

  protected override matches(facts: Facts, isWide: bool): bool {
    return this.windows.has(facts.stream.nowNanos());
  }
}

/** Null when the value cannot be one of this attribute. */
function patternOf(attribute: Attribute, value: Bytes): ValuePattern | null {
  if (attribute == Attribute.Path) return value[0] == SLASH || value[0] == STAR ? ValuePattern.parsePath(value) : null;
  if (attribute == Attribute.Port && !isPort(value)) return null;
  return ValuePattern.parse(attribute == Attribute.Principal ? withScheme(value) : value);
}

/** Principals are written without what all of them begin with. */
function withScheme(value: Bytes): Bytes {
  return value[0] == STAR || value.length == 0 ? value : BytesBuilder.create().add(utf8("spiffe://")).add(value).toBytes();
}

/** A colon in brackets is part of an address. */
function hasPort(host: Bytes): bool {
  return host.lastIndexOfByte(0x3a) > host.lastIndexOfByte(0x5d);
}

function isPort(text: Bytes): bool {
  return text.isDecimal() && text[0] != 0x30 && text.toU32() <= MAX_PORT;
}

function wantedOf(attribute: Attribute): Bytes {
  switch (attribute) {
    case Attribute.SourceAddress:
    case Attribute.RemoteAddress:
    case Attribute.DestinationAddress: return utf8('a range such as "10.0.0.0/8", without bits behind its prefix');
    case Attribute.Time: return utf8('a span of the day such as "09:00-17:00"');
    case Attribute.Port: return utf8('a port such as "8080"');
    case Attribute.Path: return utf8('a path such as "/a", "/a*", "*.html", "*", "/a/{*}/b" or "/a/{**}"');
    default: return utf8('a text, or one with * at one end such as "a*", "*a" or "*"');
  }
}
