import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { ProtoReader } from "../protobuf/reader";
import { ProtoWriter } from "../protobuf/writer";
import { callForeignFunction } from "./foreign";

/** Whether a signature holds, or what was signed. */
// @ts-ignore: decorator
@unmanaged
export class SignatureResult {
  /** Verified, or signed. */
  isOk: bool;
  /** The signature, when one was made. */
  signature: Bytes;
  /** What the proxy says about a failure; empty when it says nothing. */
  error: Bytes;
}

/** A key in DER (`SubjectPublicKeyInfo`, PKCS#8) or in PEM. */
// @ts-ignore: decorator
@unmanaged
export class SignatureKey {
  private bytes: Bytes;
  private isPem: bool;

  /** A key in DER. */
  static der(bytes: Bytes): SignatureKey {
    return SignatureKey.make(bytes, false);
  }

  /** A key in PEM. */
  static pem(text: Bytes): SignatureKey {
    return SignatureKey.make(text, true);
  }

  private static make(bytes: Bytes, isPem: bool): SignatureKey {
    const key = changetype<SignatureKey>(arenaAllocate(offsetof<SignatureKey>()));
    key.bytes = bytes;
    key.isPem = isPem;
    return key;
  }

  /** Adds the field that the form has. For the SDK. */
  writeTo(message: ProtoWriter, derField: u32, pemField: u32): void {
    message.bytes(this.isPem ? pemField : derField, this.bytes);
  }
}

/**
 * Verifies an RSA (PKCS #1 v1.5) or ECDSA (DER) signature by Envoy's `verify_signature`.
 * `hash` is `sha1`, `sha224`, `sha256`, `sha384` or `sha512`.
 */
export function verifySignature(
  hash: Bytes, key: SignatureKey, signature: Bytes, text: Bytes,
): SignatureResult {
  const message = ProtoWriter.create().bytes(1, hash);
  key.writeTo(message, 2, 5);
  message.bytes(3, signature).bytes(4, text);
  return call(utf8("verify_signature"), message, 2, 0);
}

/** Signs by Envoy's `sign`, with a private key. */
export function sign(hash: Bytes, key: SignatureKey, text: Bytes): SignatureResult {
  const message = ProtoWriter.create().bytes(1, hash);
  key.writeTo(message, 2, 4);
  message.bytes(3, text);
  return call(utf8("sign"), message, 3, 2);
}

function call(name: Bytes, message: ProtoWriter, errorField: u32, signatureField: u32): SignatureResult {
  const result = changetype<SignatureResult>(arenaAllocate(offsetof<SignatureResult>()));
  result.isOk = false;
  result.signature = Bytes.absent;
  result.error = Bytes.empty;
  const answer = callForeignFunction(name, message.toBytes());
  if (!answer.isOk) return result;
  for (const reader = ProtoReader.of(answer.value); reader.next(); ) {
    if (reader.field == 1) result.isOk = reader.bool;
    else if (reader.field == errorField) result.error = reader.bytes;
    else if (reader.field == signatureField) result.signature = reader.bytes;
  }
  return result;
}
