import { utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const MILLION: u32 = 1000000;

/** A share of requests in parts per million. */
export class Percentage {
  private constructor(private readonly parts: u32) {}

  /** Every request. */
  static all(): Percentage {
    return new Percentage(MILLION);
  }

  /** Reads `"12.5%"` or `{"numerator": 1, "denominator": "HUNDRED|TEN_THOUSAND|MILLION"}`. */
  static read(reader: ConfigReader): Percentage {
    const parts = reader.isObject() ? readFraction(reader) : reader.readPercent();
    return new Percentage(min(parts, MILLION));
  }

  /** Whether a draw in 0 … 2^32 - 1 falls into the share. */
  includes(draw: u32): bool {
    return ((<u64>draw * MILLION) >> 32) < this.parts;
  }
}

function readFraction(reader: ConfigReader): u32 {
  let numerator: u32 = 0;
  let scale: u32 = 10000;
  for (reader.enterObject(); reader.nextField(); ) {
    if (reader.at(utf8("numerator"))) numerator = reader.readU32(0, MILLION);
    else if (reader.at(utf8("denominator"))) scale = readDenominator(reader);
    else reader.unknownField();
  }
  return numerator * scale;
}

/** Parts per million of one part of the denominator. */
function readDenominator(reader: ConfigReader): u32 {
  const name = reader.readText().view;
  if (name.equals(utf8("HUNDRED"))) return 10000;
  if (name.equals(utf8("TEN_THOUSAND"))) return 100;
  if (!name.equals(utf8("MILLION"))) reader.invalid(utf8("HUNDRED, TEN_THOUSAND or MILLION"));
  return 1;
}
