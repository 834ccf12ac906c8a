import { Bytes, BytesBuilder, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Regex } from "@sluice/sdk/regex";

/** How a text is compared. */
enum Kind {
  Exact,
  Prefix,
  Suffix,
  Contains,
  Regex,
}

/** Envoy's `StringMatcher`: `{exact|prefix|suffix|contains|safe_regex, ignore_case}`. */
export class StringMatch {
  private kind: Kind = Kind.Exact;
  private text: OwnedBytes = OwnedBytes.absent();
  private regex: Regex | null = null;
  private ignoreCase: bool = false;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): StringMatch {
    const match = new StringMatch();
    let kinds = 0;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("ignore_case"))) match.ignoreCase = reader.readBool();
      else if (match.readKind(reader)) kinds++;
      else reader.unknownField();
    }
    if (kinds != 1) reader.invalid(utf8("exactly one of exact, prefix, suffix, contains, safe_regex"));
    if (match.ignoreCase && match.regex !== null) reader.invalid(utf8("(?i) in the expression instead of ignore_case"));
    if (match.ignoreCase) match.text = match.text.view.toLowerCase().toOwned();
    return match;
  }

  /** The same for names of headers, which have small letters only. */
  static readForNames(reader: ConfigReader): StringMatch {
    const match = StringMatch.read(reader);
    match.text = match.text.view.toLowerCase().toOwned();
    return match;
  }

  matches(value: Bytes): bool {
    const regex = this.regex;
    if (regex !== null) return regex.matches(value);
    const text = this.text.view;
    const seen = this.ignoreCase ? value.toLowerCase() : value;
    if (this.kind == Kind.Exact) return seen.equals(text);
    if (this.kind == Kind.Prefix) return seen.startsWith(text);
    if (this.kind == Kind.Suffix) return seen.endsWith(text);
    return seen.indexOf(text) >= 0;
  }

  private readKind(reader: ConfigReader): bool {
    if (reader.at(utf8("exact"))) this.kind = Kind.Exact;
    else if (reader.at(utf8("prefix"))) this.kind = Kind.Prefix;
    else if (reader.at(utf8("suffix"))) this.kind = Kind.Suffix;
    else if (reader.at(utf8("contains"))) this.kind = Kind.Contains;
    else if (reader.at(utf8("safe_regex"))) this.kind = Kind.Regex;
    else return false;
    if (this.kind == Kind.Regex) this.regex = readRegex(reader);
    else this.text = reader.readText();
    return true;
  }
}

/** Reads `{"regex": "…"}`. */
function readRegex(reader: ConfigReader): Regex {
  let regex: Regex | null = null;
  for (reader.enterObject(); reader.nextField(); ) {
    if (reader.at(utf8("regex"))) regex = compile(reader);
    else reader.unknownField();
  }
  if (regex !== null) return regex;
  reader.missing(utf8("regex"));
  return new Regex(Bytes.empty);
}

function compile(reader: ConfigReader): Regex {
  const regex = new Regex(reader.readText().view);
  if (regex.fault.isAbsent) return regex;
  const wanted = BytesBuilder.create().add(utf8("a regular expression of RE2 (")).add(regex.fault);
  reader.invalid(wanted.add(utf8(" at byte ")).addI64(regex.faultAt).addByte(0x29).toBytes());
  return regex;
}
