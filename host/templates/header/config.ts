import { OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** The plugin's configuration; immutable once read. */
export class Config {
  /** Header to add to each request. */
  header: OwnedBytes = OwnedBytes.absent();
  value: OwnedBytes = utf8("yes").toOwned();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("header"))) config.header = reader.readHeaderName();
      else if (reader.at(utf8("value"))) config.value = reader.readText();
      else reader.unknownField();
    }
    if (config.header.view.isAbsent) reader.missing(utf8("header"));
    return config;
  }
}
