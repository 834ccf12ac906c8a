import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { ProtoReader } from "../protobuf/reader";
import { ProtoWriter } from "../protobuf/writer";
import { callForeignFunction } from "./foreign";

/** Field 1 of both results, a true: protobuf writes fields in the order of their numbers. */
const RESULT: u8 = 0x08;
/** Fields of the text that says why not. */
const VERIFY_ERROR: u32 = 2;
const SIGN_ERROR: u32 = 3;

/** Whether a signature holds, or what was signed. */
// @ts-ignore: decorator
@unmanaged
export class SignatureResult {
  /** Whether the proxy ran the function; false when it does not have it. */
  isAnswered: bool;
  /** A message: a module that asks for nothing but `isOk` needs no reader of them. */
  private message: Bytes;
  private errorField: u32;

  /** Result of the function `name`. For the SDK. */
  static of(name: Bytes, message: ProtoWriter, errorField: u32): SignatureResult {
    const result = changetype<SignatureResult>(arenaAllocate(offsetof<SignatureResult>()));
    const answer = callForeignFunction(name, message.toBytes());
    result.isAnswered = answer.isOk;
    result.message = answer.value;
    result.errorField = errorField;
    return result;
  }

  /** Verified, or signed. */
  get isOk(): bool {
    return this.message[0] == RESULT && this.message[1] == 1;
  }

  /** The signature, when one was made. */
  get signature(): Bytes {
    return this.errorField == SIGN_ERROR ? this.read(2) : Bytes.absent;
  }

  /** What the proxy says about a failure; empty when it says nothing. */
  get error(): Bytes {
    const error = this.read(this.errorField);
    return error.isAbsent ? Bytes.empty : error;
  }

  private read(field: u32): Bytes {
    let value = Bytes.absent;
    for (const reader = ProtoReader.of(this.message); reader.next(); ) if (reader.field == field) value = reader.bytes;
    return value;
  }
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
  return SignatureResult.of(utf8("verify_signature"), message, VERIFY_ERROR);
}

/** Signs by Envoy's `sign`, with a private key. */
export function sign(hash: Bytes, key: SignatureKey, text: Bytes): SignatureResult {
  const message = ProtoWriter.create().bytes(1, hash);
  key.writeTo(message, 2, 4);
  message.bytes(3, text);
  return SignatureResult.of(utf8("sign"), message, SIGN_ERROR);
}
