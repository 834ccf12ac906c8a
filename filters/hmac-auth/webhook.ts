import {
  Bytes, BytesBuilder, HeaderMap, HmacKey, OwnedBytes, SHA256, SHA512, decodeBase64, decodeHex, equalsConstantTime, utf8,
} from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { readSecretBytes } from "../common/secret";
import { stripHeader } from "../common/strip-header";
import { BodyCheck, Scheme, Verdict } from "./scheme";

const NANOS_PER_SECOND: u64 = 1000000000;
const DEFAULT_TOLERANCE_NANOS: u64 = 300 * NANOS_PER_SECOND;
/** A sender shows one per secret it has. */
const MOST_CODES: i32 = 8;
const BODY: i32 = 6;

/** How codes stand in their header. */
enum Form {
  /** One, behind a prefix. */
  Single,
  /** `t=…,v1=…,v1=…`, with the time. */
  Stripe,
  /** `v1,… v1,…` */
  Standard,
}

/** Bodies signed with a shared secret, as senders of webhooks do. */
// @ts-ignore: decorator
@final
export class Webhook extends Scheme {
  private name: OwnedBytes = OwnedBytes.absent();
  private form: Form = Form.Single;
  private header: OwnedBytes = OwnedBytes.absent();
  private prefix: OwnedBytes = utf8("").toOwned();
  private isBase64: bool = false;
  private isSha512: bool = false;
  private idHeader: OwnedBytes = OwnedBytes.absent();
  private timeHeader: OwnedBytes = OwnedBytes.absent();
  /** What is signed, with `{id}` and `{timestamp}`, in front of the body. */
  private template: OwnedBytes = utf8("{body}").toOwned();
  private tolerance: u64 = DEFAULT_TOLERANCE_NANOS;
  private readonly secrets: OwnedBytes[] = [];
  private readonly keys: HmacKey[] = [];

  static read(reader: ConfigReader): Webhook {
    const hook = new Webhook();
    let preset = OwnedBytes.absent();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("preset"))) hook.take(reader, (preset = reader.readText()).view);
      else if (reader.at(utf8("name"))) hook.name = reader.readText();
      else if (reader.at(utf8("secrets"))) hook.readSecrets(reader);
      else if (reader.at(utf8("tolerance"))) hook.tolerance = reader.readDurationNanos();
      else if (reader.at(utf8("reject_replay"))) hook.rejectsReplay = reader.readBool();
      else hook.readOwn(reader, preset.view);
    }
    if (preset.view.isAbsent) reader.missing(utf8("preset"));
    if (hook.secrets.length == 0) reader.missing(utf8("secrets"));
    if (hook.header.view.isAbsent) reader.missing(utf8("header"));
    if (hook.rejectsReplay && !hook.hasTime) reader.invalid(utf8("a time in what is signed with reject_replay"));
    if (hook.name.view.isAbsent) hook.name = preset;
    hook.makeKeys(preset.view.equals(utf8("standard")));
    return hook;
  }

  /** Fields of a sender without a preset; the preset stands in front of them. */
  private readOwn(reader: ConfigReader, preset: Bytes): void {
    if (!preset.equals(utf8("custom"))) reader.unknownField();
    else if (reader.at(utf8("header"))) this.header = reader.readHeaderName();
    else if (reader.at(utf8("prefix"))) this.prefix = reader.readText();
    else if (reader.at(utf8("encoding"))) this.isBase64 = readsSecond(reader, utf8("hex"), utf8("base64"));
    else if (reader.at(utf8("algorithm"))) this.isSha512 = readsSecond(reader, utf8("hmac-sha256"), utf8("hmac-sha512"));
    else if (reader.at(utf8("id_header"))) this.idHeader = reader.readHeaderName();
    else if (reader.at(utf8("timestamp_header"))) this.timeHeader = reader.readHeaderName();
    else if (reader.at(utf8("signed_content"))) this.readTemplate(reader);
    else reader.unknownField();
  }

  private readTemplate(reader: ConfigReader): void {
    const template = reader.readText();
    if (!template.view.endsWith(utf8("{body}"))) reader.invalid(utf8('a text that ends in "{body}"'));
    this.template = template;
  }

  private take(reader: ConfigReader, preset: Bytes): void {
    if (preset.equals(utf8("github"))) {
      this.header = utf8("x-hub-signature-256").toOwned();
      this.prefix = utf8("sha256=").toOwned();
    } else if (preset.equals(utf8("stripe"))) {
      this.form = Form.Stripe;
      this.header = utf8("stripe-signature").toOwned();
      this.template = utf8("{timestamp}.{body}").toOwned();
    } else if (preset.equals(utf8("standard"))) {
      this.form = Form.Standard;
      this.isBase64 = true;
      this.header = utf8("webhook-signature").toOwned();
      this.idHeader = utf8("webhook-id").toOwned();
      this.timeHeader = utf8("webhook-timestamp").toOwned();
      this.template = utf8("{id}.{timestamp}.{body}").toOwned();
    } else if (!preset.equals(utf8("custom"))) reader.invalid(utf8("github, stripe, standard or custom"));
  }

  private readSecrets(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.secrets.push(readSecretBytes(reader));
  }

  /** Standard Webhooks writes secrets as `whsec_` and base64. */
  private makeKeys(isStandard: bool): void {
    const mark = utf8("whsec_");
    for (let i = 0; i < this.secrets.length; i++) {
      const text = this.secrets[i].view;
      const decoded = isStandard && text.startsWith(mark) ? decodeBase64(text.slice(mark.length)) : Bytes.absent;
      this.keys.push(new HmacKey(this.isSha512 ? SHA512 : SHA256, decoded.isAbsent ? text : decoded));
    }
  }

  private get hasTime(): bool {
    return this.template.view.indexOf(utf8("{timestamp}")) >= 0;
  }

  override isUsedBy(headers: HeaderMap): bool {
    return headers.has(this.header.view);
  }

  override hide(headers: HeaderMap): void {
    stripHeader(headers, this.header.view);
  }

  override judge(headers: HeaderMap, now: u64): Verdict {
    if (headers.count(this.header.view) != 1) return Verdict.refused(utf8("hmac_auth_duplicate_signature"));
    const value = headers.get(this.header.view);
    const codes = this.codesIn(value);
    const id = this.single(headers, this.idHeader.view);
    const time = this.form == Form.Stripe ? stripeTime(value) : this.single(headers, this.timeHeader.view);
    if (codes.length == 0 || id.isAbsent || time.isAbsent) return Verdict.refused(utf8("hmac_auth_malformed_signature"));
    if (this.hasTime && !this.isRecent(time, now)) return Verdict.refused(utf8("hmac_auth_signature_expired"));
    const verdict = Verdict.passed(this.name);
    verdict.replayNanos = 2 * this.tolerance;
    verdict.bodyCheck = new WebhookBody(this.keys, codes, this.prefixOf(id, time), this.rejectsReplay);
    return verdict;
  }

  /** The only value of a header; empty when none is needed, absent when it is not there once. */
  private single(headers: HeaderMap, name: Bytes): Bytes {
    if (name.isAbsent) return Bytes.empty;
    return headers.count(name) == 1 ? headers.get(name) : Bytes.absent;
  }

  private isRecent(time: Bytes, now: u64): bool {
    if (!time.isDecimal()) return false;
    const seconds = time.toU64(), current = now / NANOS_PER_SECOND;
    return (seconds > current ? seconds - current : current - seconds) <= this.tolerance / NANOS_PER_SECOND;
  }

  private prefixOf(id: Bytes, time: Bytes): OwnedBytes {
    const template = this.template.view;
    const out = BytesBuilder.create();
    for (let at = 0; at < template.length - BODY; ) {
      const rest = template.slice(at);
      if (rest.startsWith(utf8("{id}"))) at += addPart(out, id, 4);
      else if (rest.startsWith(utf8("{timestamp}"))) at += addPart(out, time, 11);
      else at += addPart(out, rest.slice(0, 1), 1);
    }
    return out.toBytes().toOwned();
  }

  private codesIn(value: Bytes): OwnedBytes[] {
    const codes: OwnedBytes[] = [];
    if (this.form == Form.Single) {
      if (value.startsWith(this.prefix.view)) this.addCode(codes, value.slice(this.prefix.length));
      return codes;
    }
    const isStripe = this.form == Form.Stripe;
    const mark = isStripe ? utf8("v1=") : utf8("v1,");
    for (let at = 0; at < value.length; ) {
      const part = partAt(value, at, isStripe ? 0x2c : 0x20);
      if (part.startsWith(mark)) this.addCode(codes, part.slice(mark.length));
      at += part.length + 1;
    }
    return codes;
  }

  private addCode(codes: OwnedBytes[], text: Bytes): void {
    const code = this.isBase64 ? decodeBase64(text) : decodeHex(text);
    if (code.length && codes.length < MOST_CODES) codes.push(code.toOwned());
  }
}

/** One of the codes is that of the body under one of the keys. */
// @ts-ignore: decorator
@final
class WebhookBody extends BodyCheck {
  constructor(
    private readonly keys: HmacKey[],
    private readonly codes: OwnedBytes[],
    private readonly prefix: OwnedBytes,
    private readonly comesOnce: bool,
  ) {
    super();
  }

  override fault(body: Bytes): Bytes {
    const message = this.prefix.length ? BytesBuilder.create().add(this.prefix.view).add(body).toBytes() : body;
    let isRight = false;
    for (let i = 0; i < this.keys.length; i++) {
      const code = this.keys[i].sign(message);
      // The codes that are shown name nothing: a sender of the same message could show others beside the right one.
      if (i == 0 && this.comesOnce) this.messageId = code.toOwned();
      for (let k = 0; k < this.codes.length; k++) isRight = equalsConstantTime(code, this.codes[k].view) || isRight;
    }
    return isRight ? Bytes.absent : utf8("hmac_auth_signature_mismatch");
  }
}

/** The only `t=` of Stripe's header. */
function stripeTime(value: Bytes): Bytes {
  let time = Bytes.absent;
  for (let at = 0; at < value.length; ) {
    const part = partAt(value, at, 0x2c);
    if (part.startsWith(utf8("t="))) {
      if (!time.isAbsent) return Bytes.absent;
      time = part.slice(2);
    }
    at += part.length + 1;
  }
  return time;
}

function partAt(value: Bytes, at: i32, separator: u8): Bytes {
  const end = value.indexOfByte(separator, at);
  return value.slice(at, end < 0 ? value.length : end);
}

/** Adds a part; returns how far the template goes on. */
function addPart(out: BytesBuilder, part: Bytes, length: i32): i32 {
  out.add(part);
  return length;
}

/** Reads one of two names; whether it is the second. */
function readsSecond(reader: ConfigReader, first: Bytes, second: Bytes): bool {
  const name = reader.readText().view;
  const isSecond = name.equals(second);
  if (!isSecond && !name.equals(first)) reader.invalid(BytesBuilder.create().add(first).add(utf8(" or ")).add(second).toBytes());
  return isSecond;
}
