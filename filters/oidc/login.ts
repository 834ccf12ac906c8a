import { Bytes, encodeBase64Url, randomBytes, sha256, utf8 } from "@sluice/sdk";
import { numberField, packFields, unpackFields } from "./packed-fields";

const RANDOM_BYTES: i32 = 24;
/** A verifier has at least 43 letters (RFC 7636 4.1). */
const VERIFIER_BYTES: i32 = 32;
const FIELDS: i32 = 7;
/** Longer ones are not returned to: they would not fit a cookie. */
const MAX_PATH_BYTES: i32 = 2048;

/** A login that has begun; its browser keeps it, sealed. Holds views. */
export class Login {
  /** What the provider has to give back with the code. */
  state: Bytes = Bytes.absent;
  /** What must stand in the id token. */
  nonce: Bytes = Bytes.absent;
  /** What proves to the provider that the code came to who asked for it (RFC 7636). */
  verifier: Bytes = Bytes.absent;
  /** Authority and target of the request that began it. */
  host: Bytes = Bytes.absent;
  path: Bytes = Bytes.absent;
  /** As the provider was told. */
  redirectUri: Bytes = Bytes.absent;
  /** Seconds since 1970. */
  expiry: u64 = 0;

  /** Null when there is no randomness. */
  static begin(host: Bytes, target: Bytes, redirectUri: Bytes, expiry: u64): Login | null {
    const random = randomBytes(2 * RANDOM_BYTES + VERIFIER_BYTES);
    if (random.isAbsent) return null;
    const login = new Login();
    login.state = encodeBase64Url(random.slice(0, RANDOM_BYTES));
    login.nonce = encodeBase64Url(random.slice(RANDOM_BYTES, 2 * RANDOM_BYTES));
    login.verifier = encodeBase64Url(random.slice(2 * RANDOM_BYTES));
    login.host = host;
    login.path = isPath(target) ? target : utf8("/");
    login.redirectUri = redirectUri;
    login.expiry = expiry;
    return login;
  }

  /** Null when it is none. */
  static unpack(text: Bytes): Login | null {
    const fields = unpackFields(text, FIELDS);
    if (fields.length == 0) return null;
    const login = new Login();
    login.state = fields[0];
    login.nonce = fields[1];
    login.verifier = fields[2];
    login.host = fields[3];
    login.path = fields[4];
    login.redirectUri = fields[5];
    login.expiry = fields[6].toU64();
    return login;
  }

  pack(): Bytes {
    const expiry = numberField(this.expiry);
    return packFields([this.state, this.nonce, this.verifier, this.host, this.path, this.redirectUri, expiry]);
  }

  /** What the provider keeps of the verifier (S256, RFC 7636 4.2). */
  get challenge(): Bytes {
    return encodeBase64Url(sha256(this.verifier));
  }
}

/** Whether it can be put behind an origin and stays at it. */
function isPath(target: Bytes): bool {
  if (target[0] != 0x2f || target.length > MAX_PATH_BYTES) return false;
  for (let i = 0; i < target.length; i++) if (target[i] <= 0x20 || target[i] >= 0x7f || target[i] == 0x5c) return false;
  return true;
}
