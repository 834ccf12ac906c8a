import { OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** The plugin's configuration; immutable once read. */
export class Config {
  /** How every connection must begin. */
  greeting: OwnedBytes = OwnedBytes.absent();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("greeting"))) config.greeting = reader.readText();
      else reader.unknownField();
    }
    if (config.greeting.view.length == 0) reader.missing(utf8("greeting"));
    return config;
  }
}
