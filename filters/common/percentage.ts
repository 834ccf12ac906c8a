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
    return new Percentage(parts);
  }

  /** Whether a draw in 0 … 2^32 - 1 falls into the share. */
  includes(draw: u32): bool {
    return ((<u64>draw * MILLION) >> 32) < this.parts;
  }
}

function readFraction(reader: ConfigReader): u32 {
  let numerator: u64 = 0;
  let choice = 0;
  for (reader.enterObject(); reader.nextField(); ) {
    if (reader.at(utf8("numerator"))) numerator = reader.readU32(0, MILLION);
    else if (reader.at(utf8("denominator"))) choice = reader.readChoice(utf8("HUNDRED, TEN_THOUSAND or MILLION"));
    else reader.unknownField();
  }
  const scale: u64 = choice == 0 ? 10000 : choice == 1 ? 100 : 1;
  return <u32>min(numerator * scale, MILLION);
}
