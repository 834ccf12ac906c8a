import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** How a text is compared. */
enum Kind {
  Exact,
  Prefix,
  Suffix,
  Contains,
}

/** Envoy's `StringMatcher` without regular expressions: `{exact|prefix|suffix|contains, ignore_case}`. */
export class StringMatch {
  private kind: Kind = Kind.Exact;
  private text: OwnedBytes = OwnedBytes.absent();
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
    if (kinds != 1) reader.invalid(utf8("exactly one of exact, prefix, suffix, contains"));
    if (match.ignoreCase) match.text = match.text.view.toLowerCase().toOwned();
    return match;
  }

  matches(value: Bytes): bool {
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
    else return false;
    this.text = reader.readText();
    return true;
  }
}
