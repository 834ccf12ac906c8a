import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** How a text is compared. */
enum Kind {
  Exact,
  Prefix,
  Suffix,
  Contains,
}

/** Envoy's `StringMatcher` without regular expressions, which are a sixth of a module: `{exact|prefix|suffix|contains, ignore_case}`. */
export class TextMatch {
  private kind: Kind = Kind.Exact;
  private text: OwnedBytes = OwnedBytes.absent();
  private ignoreCase: bool = false;

  /** Reads the object that the reader stands at, for names of headers, which have small letters only. */
  static readForNames(reader: ConfigReader): TextMatch {
    const match = readText<TextMatch>(reader);
    match.text = match.text.view.toLowerCase().toOwned();
    return match;
  }

  /** How many ways of comparing an object names. */
  get wanted(): Bytes {
    return utf8("exactly one of exact, prefix, suffix, contains");
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

  /** ASCII letters compare without case from now on. */
  fold(reader: ConfigReader): void {
    this.ignoreCase = true;
    this.text = this.text.view.toLowerCase().toOwned();
  }

  matches(value: Bytes): bool {
    const text = this.text.view;
    const seen = this.ignoreCase ? value.toLowerCase() : value;
    if (this.kind == Kind.Exact) return seen.equals(text);
    if (this.kind == Kind.Prefix) return seen.startsWith(text);
    if (this.kind == Kind.Suffix) return seen.endsWith(text);
    return seen.indexOf(text) >= 0;
  }
}

/** Reads the object that the reader stands at. */
export function readText<T extends TextMatch>(reader: ConfigReader): T {
  const match = instantiate<T>();
  let kinds = 0;
  let ignoresCase = false;
  for (reader.enterObject(); reader.nextField(); ) {
    if (reader.at(utf8("ignore_case"))) ignoresCase = reader.readBool();
    else if (match.takeKind(reader)) kinds++;
    else reader.unknownField();
  }
  if (kinds != 1) reader.invalid(match.wanted);
  if (ignoresCase) match.fold(reader);
  return match;
}
