import { Bytes, BytesBuilder, decodePercent } from "@sluice/sdk";

const QUESTION: u8 = 0x3f;
const AMPERSAND: u8 = 0x26;
const EQUALS: u8 = 0x3d;
const HASH: u8 = 0x23;

/** Goes through the parameters of a request target, names and values as an upstream decodes them. */
// @ts-ignore: decorator
@final
export class QueryReader {
  /** Where the current parameter begins, and where it ends. */
  start: i32 = 0;
  end: i32;
  private readonly limit: i32;

  constructor(private readonly target: Bytes) {
    const hash = target.indexOfByte(HASH);
    this.limit = hash < 0 ? target.length : hash;
    const question = target.indexOfByte(QUESTION);
    this.end = question < 0 || question > this.limit ? this.limit : question;
  }

  /** Goes to the next parameter; false behind the last one. */
  next(): bool {
    if (this.end >= this.limit) return false;
    this.start = this.end + 1;
    const end = this.target.indexOfByte(AMPERSAND, this.start);
    this.end = end < 0 || end > this.limit ? this.limit : end;
    return true;
  }

  isNamed(name: Bytes): bool {
    const seen = this.target.slice(this.start, this.nameEnd);
    return seen.equals(name) || decodePercent(seen).equals(name);
  }

  /** The value, decoded; as it stands there when that cannot be. */
  get value(): Bytes {
    const text = this.target.slice(min(this.nameEnd + 1, this.end), this.end);
    const decoded = decodePercent(text);
    return decoded.isAbsent ? text : decoded;
  }

  private get nameEnd(): i32 {
    // Sought in the parameter alone: where none has a value it is not sought in all that follow, for each of them.
    const equals = this.target.slice(this.start, this.end).indexOfByte(EQUALS);
    return equals < 0 ? this.end : this.start + equals;
  }
}

/** The target without the parameters of this name; all others stay as they are. The `?` goes with the last one. */
export function cutQueryParameters(target: Bytes, name: Bytes): Bytes {
  const reader = new QueryReader(target);
  const out = BytesBuilder.create().add(target.slice(0, reader.end));
  let separator = QUESTION;
  while (reader.next()) {
    if (reader.isNamed(name)) continue;
    out.addByte(separator).add(target.slice(reader.start, reader.end));
    separator = AMPERSAND;
  }
  return out.add(target.slice(reader.end)).toBytes();
}
