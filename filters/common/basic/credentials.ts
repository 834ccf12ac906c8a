import { Bytes, decodeBase64, utf8 } from "@sluice/sdk";

const COLON: u8 = 0x3a;

/** What a value of `authorization` says (RFC 7617); views into the callback's memory. */
export class Credentials {
  name: Bytes = Bytes.absent;
  password: Bytes = Bytes.absent;

  /** Whether there is a name and a password, if an empty one. */
  get isWhole(): bool {
    return !this.name.isAbsent;
  }
}

/** Whether the value is of the scheme Basic (its letters in any case: RFC 9110 11.1). */
export function isBasic(value: Bytes): bool {
  return value.startsWithIgnoreCase(utf8("Basic "));
}

/** The credentials in a value of the scheme; not whole when it is no base64, or has no colon. */
export function readCredentials(value: Bytes): Credentials {
  const credentials = new Credentials();
  const text = decodeBase64(value.slice(utf8("Basic ").length).trim());
  const colon = text.indexOfByte(COLON);
  if (colon < 0) return credentials;
  credentials.name = text.slice(0, colon);
  credentials.password = text.slice(colon + 1);
  return credentials;
}
