import { arenaAllocate } from "../abi/arena";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { DerReader, DerTag } from "./der-reader";
import { derElement } from "./der-writer";
import { oidAt } from "./oid";

/**
 * A SubjectPublicKeyInfo (RFC 5280 4.1.2.7), what `-----BEGIN PUBLIC KEY-----` holds:
 *
 *   SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, parameters }, BIT STRING }
 */
// @ts-ignore: decorator
@unmanaged
export class Spki {
  /** What kind of key it is; absent when the whole is malformed. */
  algorithm: Bytes;
  /** Reads the parameters of the algorithm. */
  parameters: DerReader;
  /** The key itself; absent when the whole is malformed. */
  key: Bytes;

  /** Takes a whole structure apart. */
  static read(der: Bytes): Spki {
    const spki = changetype<Spki>(arenaAllocate(offsetof<Spki>()));
    const whole = DerReader.of(der);
    const fields = whole.readSequence();
    spki.parameters = fields.readSequence();
    spki.algorithm = spki.parameters.read(DerTag.ObjectIdentifier);
    spki.key = fields.readBits();
    if (whole.isDone && fields.isDone) return spki;
    spki.algorithm = Bytes.absent;
    spki.key = Bytes.absent;
    return spki;
  }
}

/** A SubjectPublicKeyInfo in DER: of the address of its algorithm's identifier, the parameters as an element, and the key. */
export function spkiOf(oid: usize, parameters: Bytes, key: Bytes): Bytes {
  const algorithm = BytesBuilder.create().add(derElement(DerTag.ObjectIdentifier, oidAt(oid))).add(parameters);
  const bits = BytesBuilder.create().addByte(0).add(key);
  const fields = BytesBuilder.create().add(derElement(DerTag.Sequence, algorithm.toBytes()));
  return derElement(DerTag.Sequence, fields.add(derElement(DerTag.BitString, bits.toBytes())).toBytes());
}
