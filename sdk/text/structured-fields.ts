import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { encodeBase64 } from "./base64";

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const THOUSAND: i64 = 1000;

/** Kinds of values in structured fields (RFC 8941 3). */
export enum SfKind {
  Integer,
  /** With up to three digits behind the point. */
  Decimal,
  String,
  Token,
  ByteSequence,
  Boolean,
  InnerList,
}

/**
 * A value of a structured field of HTTP (RFC 8941) with its parameters. Holds views: it lives as long as a callback.
 */
// @ts-ignore: decorator
@final
export class SfItem {
  /** What a string, a token or a sequence of bytes holds, decoded. */
  text: Bytes = Bytes.empty;
  /** An integer; a decimal in thousandths; a boolean as 1 or 0. */
  number: i64 = 0;
  /** Of an inner list. */
  items: SfItem[] = [];
  readonly parameters: SfDictionary = new SfDictionary();

  constructor(public kind: SfKind) {}

  /** Writes the value with its parameters, the one way there is (RFC 8941 4.1). */
  write(out: BytesBuilder): void {
    this.writeBare(out);
    const parameters = this.parameters;
    for (let i = 0; i < parameters.size; i++) {
      out.addByte(0x3b).add(parameters.keyAt(i));
      const value = parameters.valueAt(i);
      if (!value.isTrue) value.writeBare(out.addByte(0x3d));
    }
  }

  /** The boolean that a name alone means. */
  get isTrue(): bool {
    return this.kind == SfKind.Boolean && this.number != 0;
  }

  private writeBare(out: BytesBuilder): void {
    switch (this.kind) {
      case SfKind.Integer: out.addI64(this.number); break;
      case SfKind.Decimal: writeDecimal(out, this.number); break;
      case SfKind.String: writeString(out, this.text); break;
      case SfKind.Token: out.add(this.text); break;
      case SfKind.ByteSequence: out.addByte(0x3a).add(encodeBase64(this.text)).addByte(0x3a); break;
      case SfKind.Boolean: out.addByte(0x3f).addByte(this.number ? 0x31 : 0x30); break;
      default: this.writeInnerList(out);
    }
  }

  private writeInnerList(out: BytesBuilder): void {
    out.addByte(0x28);
    for (let i = 0; i < this.items.length; i++) {
      if (i) out.addByte(0x20);
      this.items[i].write(out);
    }
    out.addByte(0x29);
  }
}

/** Names with values, in order: a dictionary, or the parameters of a value. */
// @ts-ignore: decorator
@final
export class SfDictionary {
  private readonly keys: Bytes[] = [];
  private readonly values: SfItem[] = [];

  get size(): i32 {
    return this.keys.length;
  }

  keyAt(position: i32): Bytes {
    return this.keys[position];
  }

  valueAt(position: i32): SfItem {
    return this.values[position];
  }

  /** The value of a name, or null. */
  get(key: Bytes): SfItem | null {
    const position = this.find(key);
    return position < 0 ? null : this.values[position];
  }

  /** A name that is there keeps its place and gets another value. */
  set(key: Bytes, value: SfItem): void {
    const position = this.find(key);
    if (position >= 0) {
      this.values[position] = value;
      return;
    }
    this.keys.push(key);
    this.values.push(value);
  }

  /** Writes a dictionary; parameters are written by {@link SfItem.write}. */
  write(out: BytesBuilder): void {
    for (let i = 0; i < this.size; i++) {
      if (i) out.addByte(0x2c).addByte(0x20);
      out.add(this.keys[i]);
      const value = this.values[i];
      if (value.isTrue) writeParametersOf(value, out);
      else value.write(out.addByte(0x3d));
    }
  }

  private find(key: Bytes): i32 {
    for (let i = 0; i < this.keys.length; i++) if (this.keys[i].equals(key)) return i;
    return -1;
  }
}

/** A member that is true is its name with its parameters. */
function writeParametersOf(value: SfItem, out: BytesBuilder): void {
  const whole = BytesBuilder.create();
  value.write(whole);
  out.add(whole.toBytes().slice(2));
}

/** Thousandths without zeros at the end, but with one digit behind the point. */
function writeDecimal(out: BytesBuilder, thousandths: i64): void {
  if (thousandths < 0) out.addByte(0x2d);
  const value = abs(thousandths);
  out.addI64(value / THOUSAND).addByte(0x2e);
  let rest = value % THOUSAND;
  do {
    out.addByte(0x30 + <u8>(rest / 100));
    rest = rest % 100 * 10;
  } while (rest);
}

function writeString(out: BytesBuilder, text: Bytes): void {
  out.addByte(QUOTE);
  for (let i = 0; i < text.length; i++) {
    if (text[i] == QUOTE || text[i] == BACKSLASH) out.addByte(BACKSLASH);
    out.addByte(text[i]);
  }
  out.addByte(QUOTE);
}
