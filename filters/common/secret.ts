import { OwnedBytes, decodeBase64, environmentVariable, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** Reads a secret: a text, `{inline_string}`, or `{environment_variable}`, which names one that the VM is given. No message shows it. */
export function readSecret(reader: ConfigReader): OwnedBytes {
  if (!reader.isObject()) return reader.readSecret();
  let secret = OwnedBytes.absent();
  let count = 0;
  for (reader.enterObject(); reader.nextField(); count++) {
    if (reader.at(utf8("inline_string"))) secret = reader.readSecret();
    else if (reader.at(utf8("environment_variable"))) secret = readVariable(reader);
    else reader.unknownField();
  }
  if (count != 1) reader.invalid(utf8("one of inline_string, environment_variable"));
  return secret;
}

/** Reads the same, of at least one byte, or `{inline_bytes}` in base64 (Envoy's `DataSource`). */
export function readSecretBytes(reader: ConfigReader): OwnedBytes {
  if (!reader.isObject()) return reader.readSecret();
  let secret = OwnedBytes.absent();
  let count = 0;
  for (reader.enterObject(); reader.nextField(); count++) {
    if (reader.at(utf8("inline_string"))) secret = reader.readSecret();
    else if (reader.at(utf8("inline_bytes"))) secret = decodeBase64(reader.readSecret().view).toOwned();
    else if (reader.at(utf8("environment_variable"))) secret = readVariable(reader);
    else reader.unknownField();
  }
  if (count != 1 || secret.length == 0) reader.invalid(utf8("one of inline_string, inline_bytes (base64), environment_variable"));
  return secret;
}

function readVariable(reader: ConfigReader): OwnedBytes {
  const value = environmentVariable(reader.readText().view);
  if (value.length == 0) reader.invalid(utf8("a variable of vm_config.environment_variables that is not empty"));
  return value.toOwned();
}
