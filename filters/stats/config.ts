import { OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const DEFAULT_LABEL_SETS: u32 = 2000;
const MAX_LABEL_SETS: u32 = 100000;

/** Which side of a call reports; in the order of their names in the configuration. */
export enum Reporter {
  /** By the listener's direction. */
  Auto,
  Source,
  Destination,
}

/** The plugin's configuration; immutable once read. */
export class Config {
  /** First word of the metric names. */
  prefix: OwnedBytes = utf8("istio").toOwned();
  reporter: Reporter = Reporter.Auto;
  /** Label sets that are counted apart; requests of further ones are dropped and counted. */
  maxLabelSets: u32 = DEFAULT_LABEL_SETS;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("stat_prefix"))) config.prefix = reader.readText();
      else if (reader.at(utf8("reporter"))) config.reporter = reader.readChoice(utf8("auto, source or destination"));
      else if (reader.at(utf8("max_label_sets"))) config.maxLabelSets = reader.readU32(1, MAX_LABEL_SETS);
      else reader.unknownField();
    }
    if (config.prefix.length == 0) reader.invalid(utf8("a stat_prefix that is not empty"));
    return config;
  }
}
