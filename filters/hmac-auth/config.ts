import { Bytes, BytesBuilder, HeaderMap, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";
import { HmacAuthorization } from "./hmac-authorization";
import { MessageSignature } from "./message-signature";
import { Scheme } from "./scheme";
import { Webhook } from "./webhook";

const DEFAULT_BODY_BYTES: u32 = 1048576;
const MOST_BODY_BYTES: u32 = 268435456;
const DEFAULT_ENTRIES: u32 = 16384;
const LEAST_ENTRIES: u32 = 64;
const MOST_ENTRIES: u32 = 1048576;

/** The plugin's configuration; immutable once read. */
export class Config {
  enforcement: Enforcement = new Enforcement();
  reply: DenyReply = new DenyReply(401, utf8("Signature verification failed.").toOwned());
  maxBodyBytes: u32 = DEFAULT_BODY_BYTES;
  /** The head waits for the body, too. */
  holdsHead: bool = false;
  hidesCredentials: bool = false;
  debugsErrors: bool = false;
  replayEntries: u32 = DEFAULT_ENTRIES;
  private readonly schemes: Scheme[] = [];

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("schemes"))) config.readSchemes(reader);
      else if (reader.at(utf8("max_body_bytes"))) config.maxBodyBytes = reader.readU32(1, MOST_BODY_BYTES);
      else if (reader.at(utf8("body_mode"))) config.holdsHead = reader.readChoice(utf8("hold or trail")) == 0;
      else if (reader.at(utf8("hide_credentials"))) config.hidesCredentials = reader.readBool();
      else if (reader.at(utf8("debug_errors"))) config.debugsErrors = reader.readBool();
      else if (reader.at(utf8("replay_max_entries"))) config.replayEntries = reader.readU32(LEAST_ENTRIES, MOST_ENTRIES);
      else if (reader.at(utf8("deny_response"))) config.reply.read(reader);
      else if (!config.enforcement.readField(reader)) reader.unknownField();
    }
    if (config.schemes.length == 0) reader.missing(utf8("schemes"));
    return config;
  }

  /** The first scheme that a request uses, or null. */
  schemeOf(headers: HeaderMap): Scheme | null {
    for (let i = 0; i < this.schemes.length; i++) if (this.schemes[i].isUsedBy(headers)) return this.schemes[i];
    return null;
  }

  get rejectsReplay(): bool {
    for (let i = 0; i < this.schemes.length; i++) if (this.schemes[i].rejectsReplay) return true;
    return false;
  }

  /** What a client could show, each kind once; with the fault when that may be told. */
  challenge(fault: Bytes): Bytes {
    const out = BytesBuilder.create();
    for (let i = 0; i < this.schemes.length; i++) {
      const challenge = this.schemes[i].challenge;
      if (out.toBytes().indexOf(challenge) >= 0) continue;
      if (out.length) out.addByte(0x2c).addByte(0x20);
      out.add(challenge);
      if (this.debugsErrors) out.add(challenge.indexOfByte(0x3d) < 0 ? utf8(' error="') : utf8(', error="')).add(fault).addByte(0x22);
    }
    return out.toBytes();
  }

  private readSchemes(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.readScheme(reader);
  }

  private readScheme(reader: ConfigReader): void {
    let count = 0;
    for (reader.enterObject(); reader.nextField(); count++) {
      if (reader.at(utf8("rfc9421"))) this.schemes.push(MessageSignature.read(reader));
      else if (reader.at(utf8("webhook"))) this.schemes.push(Webhook.read(reader));
      else if (reader.at(utf8("hmac_authorization"))) this.schemes.push(HmacAuthorization.read(reader));
      else reader.unknownField();
    }
    if (count != 1) reader.invalid(utf8("exactly one of rfc9421, webhook, hmac_authorization"));
  }
}
