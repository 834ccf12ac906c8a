import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** How a text is compared. */
enum Kind {
  Exact,
  Prefix,
  Suffix,
  Contains,
}

/** Envoy's `StringMatcher` without regular expressions, which are a quarter of a module: `{exact|prefix|suffix|contains, ignore_case}`. */
export class TextMatch {
  private kind: Kind = Kind.Exact;
  private text: OwnedBytes = OwnedBytes.absent();
  protected ignoreCase: bool = false;

  /** Reads the object that the reader stands at, for names of headers, which have small letters only. */
  static readForNames(reader: ConfigReader): TextMatch {
    const match = new TextMatch();
    match.take(reader, utf8("exactly one of exact, prefix, suffix, contains"));
    match.text = match.text.view.toLowerCase().toOwned();
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

  /** Reads the object that the reader stands at; `wanted` says how many ways of comparing it may name. */
  protected take(reader: ConfigReader, wanted: Bytes): void {
    let kinds = 0;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("ignore_case"))) this.ignoreCase = reader.readBool();
      else if (this.takeKind(reader)) kinds++;
      else reader.unknownField();
    }
    if (kinds != 1) reader.invalid(wanted);
    if (this.ignoreCase) this.fold();
  }

  /** ASCII letters compare without case from now on. */
  protected fold(): void {
    this.ignoreCase = true;
    this.text = this.text.view.toLowerCase().toOwned();
  }

  /** Reads the current field when it says how and with what to compare; false when it is another one. */
  takeKind(reader: ConfigReader): bool {
    if (reader.at(utf8("exact"))) this.kind = Kind.Exact;
    else if (reader.at(utf8("prefix"))) this.kind = Kind.Prefix;
    else if (reader.at(utf8("suffix"))) this.kind = Kind.Suffix;
    else if (reader.at(utf8("contains"))) this.kind = Kind.Contains;
    else return false;
    this.text = reader.readText();
    return true;
  }
}
