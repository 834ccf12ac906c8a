import { OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const MAX_BODY_BYTES: u32 = 1048576;

/** The plugin's configuration; immutable once read. */
export class Config {
  /** What is looked for. */
  find: OwnedBytes = OwnedBytes.absent();
  /** What stands there instead. */
  replace: OwnedBytes = utf8("***").toOwned();
  /** Larger bodies pass as they are. */
  maxBodyBytes: u32 = 65536;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("find"))) config.find = reader.readText();
      else if (reader.at(utf8("replace"))) config.replace = reader.readText();
      else if (reader.at(utf8("max_body_bytes"))) config.maxBodyBytes = reader.readU32(1, MAX_BODY_BYTES);
      else reader.unknownField();
    }
    if (config.find.view.length == 0) reader.missing(utf8("find"));
    return config;
  }
}
