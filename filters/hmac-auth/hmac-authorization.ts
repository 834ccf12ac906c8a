import {
  Bytes, BytesBuilder, HeaderMap, HmacKey, NO_TIME, OwnedBytes, SHA256, SHA384, SHA512, SfDictionary, SfKind,
  decodeBase64, parseHttpDate, parseSfDictionary, utf8,
} from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { addQuoted } from "../common/request-uri";
import { readSecretBytes } from "../common/secret";
import { mayBeSent } from "../common/sendable";
import { BodyDigest } from "./body-digest";
import { fieldValue } from "./field-value";
import { Scheme, Verdict } from "./scheme";

const NANOS_PER_SECOND: u64 = 1000000000;
const DEFAULT_SKEW_NANOS: u64 = 300 * NANOS_PER_SECOND;
const MOST_HEADERS: i32 = 64;

/** A name with a secret; a name may have several. */
class User {
  /** By algorithm. */
  readonly keys: HmacKey[] = [];

  constructor(readonly name: OwnedBytes, secret: Bytes) {
    this.keys.push(new HmacKey(SHA256, secret));
    this.keys.push(new HmacKey(SHA384, secret));
    this.keys.push(new HmacKey(SHA512, secret));
  }

  static read(reader: ConfigReader): User {
    let name = OwnedBytes.absent(), secret = OwnedBytes.absent();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("username"))) name = reader.readText();
      else if (reader.at(utf8("secret"))) secret = readSecretBytes(reader);
      else reader.unknownField();
    }
    if (name.length == 0) reader.missing(utf8("username"));
    if (secret.length == 0) reader.missing(utf8("secret"));
    return new User(name, secret.view);
  }
}

/** `Authorization: hmac username="…", algorithm="…", headers="…", signature="…"`, as Kong has it (draft-cavage-http-signatures). */
// @ts-ignore: decorator
@final
export class HmacAuthorization extends Scheme {
  private readonly users: User[] = [];
  /** In lower case. */
  private readonly enforced: OwnedBytes[] = [];
  private skew: u64 = DEFAULT_SKEW_NANOS;
  private realm: OwnedBytes = utf8("hmac").toOwned();

  static read(reader: ConfigReader): HmacAuthorization {
    const scheme = new HmacAuthorization();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("users"))) scheme.readUsers(reader);
      else if (reader.at(utf8("enforce_headers"))) scheme.readEnforced(reader);
      else if (reader.at(utf8("clock_skew"))) scheme.skew = reader.readDurationNanos();
      else if (reader.at(utf8("realm"))) scheme.readRealm(reader);
      else if (reader.at(utf8("reject_replay"))) scheme.rejectsReplay = reader.readBool();
      else reader.unknownField();
    }
    if (scheme.users.length == 0) reader.missing(utf8("users"));
    return scheme;
  }

  override get challenge(): Bytes {
    return addQuoted(BytesBuilder.create().add(utf8("hmac realm=")), this.realm.view).toBytes();
  }

  override isUsedBy(headers: HeaderMap): bool {
    const name = utf8("authorization");
    for (let i = 0, count = headers.count(name); i < count; i++) {
      if (headers.value(name, i).startsWithIgnoreCase(utf8("hmac "))) return true;
    }
    return false;
  }

  override hide(headers: HeaderMap): void {
    headers.remove(utf8("authorization"));
  }

  override judge(headers: HeaderMap, now: u64): Verdict {
    const name = utf8("authorization");
    if (headers.count(name) != 1) return Verdict.refused(utf8("hmac_auth_duplicate_signature"));
    const parameters = parseSfDictionary(headers.get(name).slice(5));
    if (parameters === null) return Verdict.refused(utf8("hmac_auth_malformed_signature"));
    const algorithm = algorithmOf(textOf(parameters, utf8("algorithm")));
    const code = decodeBase64(textOf(parameters, utf8("signature")));
    if (algorithm < 0 || code.isAbsent) return Verdict.refused(utf8("hmac_auth_malformed_signature"));
    const names = splitNames(textOf(parameters, utf8("headers")).toLowerCase());
    const fault = this.faultOf(headers, names, now);
    if (!fault.isAbsent) return Verdict.refused(fault);
    const text = signedText(headers, names);
    if (text.isAbsent) return Verdict.refused(utf8("hmac_auth_missing_component"));
    const user = this.userOf(textOf(parameters, utf8("username")), algorithm, text, code);
    return user === null ? Verdict.refused(utf8("hmac_auth_signature_mismatch")) : this.pass(headers, names, user, code);
  }

  /** What the list of signed headers lacks, or how far its time is off; absent = nothing. */
  private faultOf(headers: HeaderMap, names: Bytes[], now: u64): Bytes {
    if (names.length > MOST_HEADERS) return utf8("hmac_auth_malformed_signature");
    for (let i = 0; i < this.enforced.length; i++) {
      if (!has(names, this.enforced[i].view)) return utf8("hmac_auth_component_not_covered");
    }
    const clock = headers.has(utf8("x-date")) ? utf8("x-date") : utf8("date");
    if (!has(names, clock)) return utf8("hmac_auth_component_not_covered");
    const seconds = headers.count(clock) == 1 ? parseHttpDate(headers.get(clock)) : NO_TIME;
    if (seconds == NO_TIME) return utf8("hmac_auth_missing_date");
    return abs(<i64>(now / NANOS_PER_SECOND) - seconds) > <i64>(this.skew / NANOS_PER_SECOND) ? utf8("hmac_auth_signature_expired") : Bytes.absent;
  }

  /** Of an unknown name a code is made, too, so that it takes as long. */
  private userOf(name: Bytes, algorithm: i32, text: Bytes, code: Bytes): User | null {
    let found: User | null = null;
    let isKnown = false;
    for (let i = 0; i < this.users.length; i++) {
      const user = this.users[i];
      if (!user.name.view.equals(name)) continue;
      isKnown = true;
      if (user.keys[algorithm].verify(text, code)) found = user;
    }
    if (!isKnown) this.users[0].keys[algorithm].verify(text, code);
    return found;
  }

  private pass(headers: HeaderMap, names: Bytes[], user: User, code: Bytes): Verdict {
    const verdict = Verdict.passed(user.name);
    if (this.rejectsReplay) verdict.once(code, 2 * this.skew);
    const isContentDigest = has(names, utf8("content-digest"));
    if (!isContentDigest && !has(names, utf8("digest"))) return verdict;
    const digest = isContentDigest
      ? BodyDigest.ofContentDigest(fieldValue(headers, utf8("content-digest")))
      : BodyDigest.ofDigest(fieldValue(headers, utf8("digest")));
    if (digest === null) return Verdict.refused(utf8("hmac_auth_unsupported_digest"));
    verdict.bodyCheck = digest;
    return verdict;
  }

  private readUsers(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.users.push(User.read(reader));
  }

  private readEnforced(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.enforced.push(reader.readText().view.toLowerCase().toOwned());
  }

  private readRealm(reader: ConfigReader): void {
    this.realm = reader.readText();
    if (!mayBeSent(utf8("www-authenticate"), this.realm.view)) reader.invalid(utf8("a text without control characters"));
  }
}

/** The string that is signed: a line for each name. Absent when the request lacks one of them. */
function signedText(headers: HeaderMap, names: Bytes[]): Bytes {
  const text = BytesBuilder.create();
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const value = isRequestTarget(name) ? requestTarget(headers) : fieldValue(headers, name);
    if (value.isAbsent) return Bytes.absent;
    if (i) text.addByte(0x0a);
    text.add(name).addByte(0x3a).addByte(0x20).add(value);
  }
  return text.toBytes();
}

function isRequestTarget(name: Bytes): bool {
  return name.equals(utf8("@request-target")) || name.equals(utf8("(request-target)"));
}

function requestTarget(headers: HeaderMap): Bytes {
  const method = headers.get(utf8(":method")).toLowerCase();
  return BytesBuilder.create().add(method).addByte(0x20).add(headers.get(utf8(":path"))).toBytes();
}

function algorithmOf(name: Bytes): i32 {
  if (name.equals(utf8("hmac-sha256"))) return 0;
  if (name.equals(utf8("hmac-sha384"))) return 1;
  return name.equals(utf8("hmac-sha512")) ? 2 : -1;
}

/** A parameter that is a string; else absent. */
function textOf(parameters: SfDictionary, name: Bytes): Bytes {
  const item = parameters.get(name);
  return item !== null && item.kind == SfKind.String ? item.text : Bytes.absent;
}

function splitNames(text: Bytes): Bytes[] {
  const names: Bytes[] = [];
  for (let at = 0; at < text.length; ) {
    const blank = text.indexOfByte(0x20, at);
    const end = blank < 0 ? text.length : blank;
    if (end > at) names.push(text.slice(at, end));
    at = end + 1;
  }
  return names;
}

function has(names: Bytes[], name: Bytes): bool {
  for (let i = 0; i < names.length; i++) if (names[i].equals(name)) return true;
  return false;
}
