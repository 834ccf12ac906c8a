import { Bytes, BytesBuilder, HeaderList, OwnedBytes, encodeBase64, encodePercent, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { readSecretBytes } from "../common/secret";

const LEAST_SECRET_BYTES: i32 = 16;

/** Who the filter is to the provider, and what only it knows. */
export class Credentials {
  clientId: OwnedBytes = OwnedBytes.absent();
  /** Keys of cookies are made of it. */
  cookieSecret: OwnedBytes = OwnedBytes.absent();
  /** The client's password; absent = it has none and relies on PKCE. */
  private clientSecret: OwnedBytes = OwnedBytes.absent();
  /** Whether the password goes by Authorization, not in the form. */
  private isBasic: bool = false;

  /** Reads the object that the reader stands at. */
  read(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("client_id"))) this.clientId = reader.readText();
      else if (reader.at(utf8("token_secret"))) this.clientSecret = readSecretBytes(reader);
      else if (reader.at(utf8("hmac_secret"))) this.readCookieSecret(reader);
      else reader.unknownField();
    }
    if (this.clientId.length == 0) reader.missing(utf8("client_id"));
    if (this.cookieSecret.length == 0) reader.missing(utf8("hmac_secret"));
  }

  /** `auth_type`. */
  readType(reader: ConfigReader): void {
    this.isBasic = reader.readChoice(utf8("URL_ENCODED_BODY or BASIC_AUTH")) == 1;
  }

  /** Headers of a request to the token endpoint, and the end of its form (RFC 6749 2.3.1). */
  identify(headers: HeaderList, form: BytesBuilder): void {
    const secret = this.clientSecret.view;
    if (this.isBasic && !secret.isAbsent) {
      const pair = BytesBuilder.create().add(encodePercent(this.clientId.view)).addByte(0x3a).add(encodePercent(secret));
      headers.add(utf8("authorization"), BytesBuilder.create().add(utf8("Basic ")).add(encodeBase64(pair.toBytes())).toBytes());
      return;
    }
    addParameter(form, utf8("client_id"), this.clientId.view);
    if (!secret.isAbsent) addParameter(form, utf8("client_secret"), secret);
  }

  private readCookieSecret(reader: ConfigReader): void {
    this.cookieSecret = readSecretBytes(reader);
    if (this.cookieSecret.length < LEAST_SECRET_BYTES) reader.invalid(utf8("a secret of at least 16 bytes"));
  }
}

/** Appends `&name=value`; the first of a form or query has no `&`. */
export function addParameter(form: BytesBuilder, name: Bytes, value: Bytes): void {
  if (form.length > 0) form.addByte(0x26);
  form.add(name).addByte(0x3d).add(encodePercent(value));
}
