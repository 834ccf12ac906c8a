import { Bytes, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "./decision-path";
import { StringMatch } from "./string-match";

/**
 * `match` of a rule: all parts that are given must hold; an empty match holds always.
 *
 * A repeated header holds when any of its values does: reading only the first one would
 * let a client choose which rule applies.
 */
export class Matcher {
  private readonly paths: DecisionPath = new DecisionPath();
  private exactPath: OwnedBytes = OwnedBytes.absent();
  private prefixPath: OwnedBytes = OwnedBytes.absent();
  private methods: OwnedBytes[] = [];
  private headers: HeaderMatch[] = [];

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): Matcher {
    const matcher = new Matcher();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("path"))) matcher.readPath(reader);
      else if (reader.at(utf8("methods"))) matcher.readMethods(reader);
      else if (reader.at(utf8("headers"))) matcher.readHeaders(reader);
      else reader.unknownField();
    }
    return matcher;
  }

  matches(headers: HeaderMap): bool {
    return this.matchesMethod(headers) && this.matchesPath(headers) && this.matchesHeaders(headers);
  }

  private matchesMethod(headers: HeaderMap): bool {
    if (this.methods.length == 0) return true;
    const method = headers.get(utf8(":method"));
    for (let i = 0; i < this.methods.length; i++) {
      if (this.methods[i].view.equals(method)) return true;
    }
    return false;
  }

  private matchesPath(headers: HeaderMap): bool {
    const exact = this.exactPath.view;
    const prefix = this.prefixPath.view;
    if (exact.isAbsent && prefix.isAbsent) return true;
    const path = this.paths.of(headers.get(utf8(":path")));
    return exact.isAbsent ? path.startsWith(prefix) : path.equals(exact);
  }

  private matchesHeaders(headers: HeaderMap): bool {
    for (let i = 0; i < this.headers.length; i++) {
      if (!this.headers[i].matches(headers)) return false;
    }
    return true;
  }

  private readPath(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("exact"))) this.exactPath = reader.readText();
      else if (reader.at(utf8("prefix"))) this.prefixPath = reader.readText();
      else reader.unknownField();
    }
    if (this.exactPath.view.isAbsent == this.prefixPath.view.isAbsent) {
      reader.invalid(utf8("exactly one of exact, prefix"));
    }
  }

  private readMethods(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.methods.push(reader.readText());
  }

  private readHeaders(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.headers.push(HeaderMatch.read(reader));
  }
}

/** `{name, string_match | present_match, invert_match}`. */
class HeaderMatch {
  private name: OwnedBytes = OwnedBytes.absent();
  private text: StringMatch | null = null;
  private present: bool = true;
  private invert: bool = false;

  static read(reader: ConfigReader): HeaderMatch {
    const match = new HeaderMatch();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) match.name = reader.readHeaderName();
      else if (reader.at(utf8("string_match"))) match.text = StringMatch.read(reader);
      else if (reader.at(utf8("present_match"))) match.present = reader.readBool();
      else if (reader.at(utf8("invert_match"))) match.invert = reader.readBool();
      else reader.unknownField();
    }
    if (match.name.view.isAbsent) reader.missing(utf8("name"));
    return match;
  }

  matches(headers: HeaderMap): bool {
    return this.holds(headers) != this.invert;
  }

  private holds(headers: HeaderMap): bool {
    const name = this.name.view;
    const text = this.text;
    if (text === null) return headers.has(name) == this.present;
    for (let i = 0, count = headers.count(name); i < count; i++) {
      if (text.matches(headers.value(name, i))) return true;
    }
    return false;
  }
}
