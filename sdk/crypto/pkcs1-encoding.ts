import { Bytes } from "../bytes/bytes";
import { BytesBuilder } from "../bytes/builder";
import { Hash } from "./hash";

/**
 * Whether an encoded message is what EMSA-PKCS1-v1_5 (RFC 8017 9.2) makes of `message`. It is made anew and compared
 * whole: nothing is parsed, so nothing can be hidden in it.
 *
 *   0  1  0xff …  0  SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, NULL }, OCTET STRING digest }
 */
export function isPkcs1Encoding(encoding: Bytes, hash: Hash, message: Bytes): bool {
  const info = digestInfo(hash, message);
  const wanted = BytesBuilder.create().addByte(0).addByte(1);
  for (let i = encoding.length - info.length - 3; i > 0; i--) wanted.addByte(0xff);
  return encoding.equals(wanted.addByte(0).add(info).toBytes());
}

function digestInfo(hash: Hash, message: Bytes): Bytes {
  const digest = hash.digest(message);
  const oidBytes = load<u8>(hash.oid);
  const digestBytes = <u8>hash.digestBytes;
  const info = BytesBuilder.create();
  info.addByte(0x30).addByte(oidBytes + digestBytes + 8);
  info.addByte(0x30).addByte(oidBytes + 4);
  info.addByte(0x06).add(Bytes.of(hash.oid, oidBytes + 1)).addByte(0x05).addByte(0);
  return info.addByte(0x04).addByte(digestBytes).add(digest).toBytes();
}
