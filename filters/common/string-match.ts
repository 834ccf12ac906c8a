import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Regex } from "@sluice/sdk/regex";
import { TextMatch } from "./text-match";

/** Envoy's `StringMatcher`: `{exact|prefix|suffix|contains|safe_regex, ignore_case}`. */
export class StringMatch extends TextMatch {
  private regex: Regex | null = null;

  override takeKind(reader: ConfigReader): bool {
    if (!reader.at(utf8("safe_regex"))) return super.takeKind(reader);
    this.regex = readRegex(reader);
    return true;
  }

  /** In a regular expression that is said in it. */
  override fold(reader: ConfigReader): void {
    if (this.regex !== null) reader.invalid(utf8("(?i) instead of ignore_case"));
    super.fold(reader);
  }

  override matches(value: Bytes): bool {
    const regex = this.regex;
    return regex !== null ? regex.matches(value) : super.matches(value);
  }

  override get wanted(): Bytes {
    return utf8("exactly one of exact, prefix, suffix, contains, safe_regex");
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
  const wanted = BytesBuilder.create().add(utf8("an expression of RE2 (")).add(regex.fault);
  reader.invalid(wanted.add(utf8(" at byte ")).addI64(regex.faultAt).addByte(0x29).toBytes());
  return regex;
}
