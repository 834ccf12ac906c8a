import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";

/** Tags of DER that keys and signatures use. */
export enum DerTag {
  Integer = 0x02,
  BitString = 0x03,
  OctetString = 0x04,
  Null = 0x05,
  ObjectIdentifier = 0x06,
  Sequence = 0x30,
}

/**
 * Reads DER (X.690 10), one element after the other: tags of one byte, definite lengths in their shortest form. What
 * is not there, or not so, is absent, and so is everything that is read after it.
 */
// @ts-ignore: decorator
@unmanaged
export class DerReader {
  private rest: Bytes;

  /** A reader of the elements in `bytes`, which are absent when something before was malformed. */
  static of(bytes: Bytes): DerReader {
    const reader = changetype<DerReader>(arenaAllocate(offsetof<DerReader>()));
    reader.rest = bytes;
    return reader;
  }

  /** Whether everything was well-formed so far and nothing is left. */
  get isDone(): bool {
    return !this.rest.isAbsent && !this.rest.length;
  }

  /** Content of the next element, which has this tag; absent when it has not. */
  read(tag: DerTag): Bytes {
    const rest = this.rest;
    this.rest = Bytes.absent;
    if (rest[0] != <u8>tag || rest.length < 2) return Bytes.absent;
    const lengthBytes = rest[1] < 0x80 ? 0 : rest[1] & 0x7f;
    const length = lengthBytes ? longLength(rest, lengthBytes) : rest[1];
    const start = 2 + lengthBytes;
    if (length < 0 || length > rest.length - start) return Bytes.absent;
    this.rest = rest.slice(start + length);
    return rest.slice(start, start + length);
  }

  /** A reader of the elements of the next one, a SEQUENCE. */
  readSequence(): DerReader {
    return DerReader.of(this.read(DerTag.Sequence));
  }

  /** The next INTEGER, which is not negative, as big-endian number without leading zeros (zero is empty). */
  readUnsigned(): Bytes {
    const content = this.read(DerTag.Integer);
    const isNegative = content[0] >= 0x80;
    const isPadded = content.length > 1 && !content[0] && content[1] < 0x80;
    if (!content.length || isNegative || isPadded) return this.fail();
    return content[0] ? content : content.slice(1);
  }

  /** The next BIT STRING, of whole bytes. */
  readBits(): Bytes {
    const content = this.read(DerTag.BitString);
    return content.length && !content[0] ? content.slice(1) : this.fail();
  }

  private fail(): Bytes {
    this.rest = Bytes.absent;
    return Bytes.absent;
  }
}

/** A length in up to three bytes, which needs them; -1 when it is none. */
function longLength(bytes: Bytes, count: i32): i32 {
  if (count > 3 || bytes.length < 2 + count) return -1;
  let length = 0;
  for (let i = 0; i < count; i++) length = (length << 8) | bytes[2 + i];
  const isShortest = length >= 0x80 && bytes[2] != 0;
  return isShortest ? length : -1;
}
