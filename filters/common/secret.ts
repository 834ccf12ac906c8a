import { OwnedBytes, decodeBase64, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** Reads a secret, of at least one byte: a string, `{inline_string}`, or `{inline_bytes}` in base64 (Envoy's `DataSource`). */
export function readSecretBytes(reader: ConfigReader): OwnedBytes {
  if (!reader.isObject()) return reader.readSecret();
  let secret = OwnedBytes.absent();
  let count = 0;
  for (reader.enterObject(); reader.nextField(); count++) {
    if (reader.at(utf8("inline_string"))) secret = reader.readSecret();
    else if (reader.at(utf8("inline_bytes"))) secret = decodeBase64(reader.readSecret().view).toOwned();
    else reader.unknownField();
  }
  if (count != 1 || secret.length == 0) reader.invalid(utf8("exactly one of inline_string, inline_bytes (base64)"));
  return secret;
}
