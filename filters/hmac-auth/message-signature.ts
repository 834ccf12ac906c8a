import { Bytes, BytesBuilder, HeaderMap, OwnedBytes, SfDictionary, SfItem, SfKind, parseSfDictionary, parseSfItem, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { stripHeader } from "../common/strip-header";
import { BodyDigest } from "./body-digest";
import { componentValue } from "./component";
import { fieldValue } from "./field-value";
import { Scheme, Verdict } from "./scheme";
import { SignatureBase } from "./signature-base";
import { SigningKey } from "./signing-key";

const NANOS_PER_SECOND: u64 = 1000000000;
const DEFAULT_AGE_NANOS: u64 = 300 * NANOS_PER_SECOND;
/** How far the clock of who signs may be ahead. */
const SKEW_SECONDS: i64 = 60;
/** Each signature of a request costs a verification. */
const MOST_SIGNATURES: i32 = 4;
const MOST_COMPONENTS: i32 = 64;

/** HTTP message signatures (RFC 9421). */
// @ts-ignore: decorator
@final
export class MessageSignature extends Scheme {
  private readonly keys: SigningKey[] = [];
  /** As they look in a signature base. */
  private readonly required: OwnedBytes[] = [];
  private maxAge: u64 = DEFAULT_AGE_NANOS;
  private requiresCreated: bool = true;
  /** Absent = any. */
  private tag: OwnedBytes = OwnedBytes.absent();

  static read(reader: ConfigReader): MessageSignature {
    const scheme = new MessageSignature();
    let hasRequired = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("keys"))) scheme.readKeys(reader);
      else if (reader.at(utf8("required_components"))) hasRequired = scheme.readRequired(reader);
      else if (reader.at(utf8("max_age"))) scheme.maxAge = reader.readDurationNanos();
      else if (reader.at(utf8("require_created"))) scheme.requiresCreated = reader.readBool();
      else if (reader.at(utf8("tag"))) scheme.tag = reader.readText();
      else if (reader.at(utf8("reject_replay_nonce"))) scheme.rejectsReplay = reader.readBool();
      else reader.unknownField();
    }
    if (scheme.keys.length == 0) reader.missing(utf8("keys"));
    if (!hasRequired) reader.missing(utf8("required_components"));
    if (scheme.rejectsReplay && !scheme.requiresCreated) reader.invalid(utf8("require_created with reject_replay_nonce"));
    return scheme;
  }

  override isUsedBy(headers: HeaderMap): bool {
    return headers.has(utf8("signature-input")) || headers.has(utf8("signature"));
  }

  override hide(headers: HeaderMap): void {
    stripHeader(headers, utf8("signature-input"));
    stripHeader(headers, utf8("signature"));
  }

  /** One good signature is enough; the fault told is that of the last one. */
  override judge(headers: HeaderMap, now: u64): Verdict {
    const inputs = parseSfDictionary(fieldValue(headers, utf8("signature-input")));
    const signatures = parseSfDictionary(fieldValue(headers, utf8("signature")));
    if (inputs === null || signatures === null) return Verdict.refused(utf8("hmac_auth_malformed_signature"));
    if (inputs.size > MOST_SIGNATURES) return Verdict.refused(utf8("hmac_auth_too_many_signatures"));
    let verdict = Verdict.refused(utf8("hmac_auth_missing_signature"));
    for (let i = 0; i < inputs.size; i++) {
      const signature = signatures.get(inputs.keyAt(i));
      if (signature === null || !this.isMeant(inputs.valueAt(i))) continue;
      verdict = this.judgeOne(headers, inputs.valueAt(i), signature, now);
      if (verdict.fault.isAbsent) break;
    }
    return verdict;
  }

  /** Whether a signature is for this application. */
  private isMeant(input: SfItem): bool {
    const tag = input.parameters.get(utf8("tag"));
    return this.tag.view.isAbsent || (tag !== null && tag.text.equals(this.tag.view));
  }

  private judgeOne(headers: HeaderMap, input: SfItem, signature: SfItem, now: u64): Verdict {
    const isWhole = input.kind == SfKind.InnerList && signature.kind == SfKind.ByteSequence;
    if (!isWhole || input.items.length > MOST_COMPONENTS) return Verdict.refused(utf8("hmac_auth_malformed_signature"));
    const parameters = input.parameters;
    const key = this.keyOf(parameters);
    if (key === null) return Verdict.refused(utf8("hmac_auth_unknown_key"));
    const fault = this.faultOf(parameters, key, <i64>(now / NANOS_PER_SECOND));
    if (!fault.isAbsent) return Verdict.refused(fault);
    const base = new SignatureBase(headers, input);
    if (!base.fault.isAbsent) return Verdict.refused(base.fault);
    for (let i = 0; i < this.required.length; i++) {
      if (!base.covers(this.required[i].view)) return Verdict.refused(utf8("hmac_auth_component_not_covered"));
    }
    if (!key.verify(base.toBytes(), signature.text)) return Verdict.refused(utf8("hmac_auth_signature_mismatch"));
    return this.pass(headers, input, key);
  }

  private keyOf(parameters: SfDictionary): SigningKey | null {
    const keyid = parameters.get(utf8("keyid"));
    if (keyid === null || keyid.kind != SfKind.String) return null;
    for (let i = 0; i < this.keys.length; i++) if (this.keys[i].keyid.view.equals(keyid.text)) return this.keys[i];
    return null;
  }

  /** What is wrong with the parameters of a signature; absent = nothing. */
  private faultOf(parameters: SfDictionary, key: SigningKey, now: i64): Bytes {
    const algorithm = parameters.get(utf8("alg"));
    if (algorithm !== null && !algorithm.text.equals(key.algorithm.view)) return utf8("hmac_auth_wrong_algorithm");
    const created = parameters.get(utf8("created"));
    if (created === null && this.requiresCreated) return utf8("hmac_auth_missing_created");
    if (created !== null) {
      if (created.kind != SfKind.Integer || created.number > now + SKEW_SECONDS) return utf8("hmac_auth_created_in_future");
      if (now - created.number > <i64>(this.maxAge / NANOS_PER_SECOND)) return utf8("hmac_auth_signature_expired");
    }
    const expires = parameters.get(utf8("expires"));
    if (expires !== null && (expires.kind != SfKind.Integer || expires.number <= now)) return utf8("hmac_auth_signature_expired");
    const nonce = parameters.get(utf8("nonce"));
    const hasNonce = nonce !== null && nonce.kind == SfKind.String;
    return this.rejectsReplay && !hasNonce ? utf8("hmac_auth_missing_nonce") : Bytes.absent;
  }

  private pass(headers: HeaderMap, input: SfItem, key: SigningKey): Verdict {
    const verdict = Verdict.passed(key.keyid);
    const nonce = input.parameters.get(utf8("nonce"));
    if (this.rejectsReplay && nonce !== null) {
      verdict.once(nonce.text, this.maxAge + <u64>SKEW_SECONDS * NANOS_PER_SECOND);
    }
    const covered = coveredDigest(headers, input);
    if (covered.isAbsent) return verdict;
    const digest = BodyDigest.ofContentDigest(covered);
    if (digest === null) return Verdict.refused(utf8("hmac_auth_unsupported_digest"));
    verdict.bodyCheck = digest;
    return verdict;
  }

  private readKeys(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const key = SigningKey.read(reader);
      for (let i = 0; i < this.keys.length; i++) {
        if (this.keys[i].keyid.view.equals(key.keyid.view)) reader.invalid(utf8("one key for each keyid"));
      }
      this.keys.push(key);
    }
  }

  private readRequired(reader: ConfigReader): bool {
    for (reader.enterArray(); reader.nextItem(); ) {
      const component = writtenComponent(reader.readText().view);
      if (component.isAbsent) reader.invalid(utf8('a component such as @method, content-digest or @query-param;name="a"'));
      this.required.push(component.toOwned());
    }
    return true;
  }
}

/** `content-digest;sf` as a signature has it, `"content-digest";sf`; absent for what is no component. */
function writtenComponent(text: Bytes): Bytes {
  const semicolon = text.indexOfByte(0x3b);
  const name = semicolon < 0 ? text : text.slice(0, semicolon);
  const quoted = BytesBuilder.create().addByte(0x22).add(name).addByte(0x22);
  const item = parseSfItem(quoted.add(text.slice(name.length)).toBytes());
  if (item === null || name.length == 0 || name.indexOfByte(0x22) >= 0) return Bytes.absent;
  const written = BytesBuilder.create();
  item.write(written);
  return written.toBytes();
}

/** What a signature covers of `Content-Digest`: all of it, or the members that it names; absent when it covers nothing. */
function coveredDigest(headers: HeaderMap, input: SfItem): Bytes {
  const members = BytesBuilder.create();
  for (let i = 0; i < input.items.length; i++) {
    const component = input.items[i];
    if (!component.text.equals(utf8("content-digest"))) continue;
    const key = component.parameters.get(utf8("key"));
    if (key === null) return fieldValue(headers, component.text);
    if (members.length) members.addByte(0x2c);
    members.add(key.text).addByte(0x3d).add(componentValue(headers, component));
  }
  return members.length ? members.toBytes() : Bytes.absent;
}
