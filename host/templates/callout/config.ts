import { OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader, toMillis } from "@sluice/sdk/config";

/** The plugin's configuration; immutable once read. */
export class Config {
  /** Cluster that is asked. */
  cluster: OwnedBytes = OwnedBytes.absent();
  /** Path of the question. */
  path: OwnedBytes = utf8("/check").toOwned();
  timeoutMs: u32 = 200;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("cluster"))) config.cluster = reader.readText();
      else if (reader.at(utf8("path"))) config.path = reader.readText();
      else if (reader.at(utf8("timeout"))) config.timeoutMs = <u32>toMillis(reader.readDurationNanos());
      else reader.unknownField();
    }
    if (config.cluster.view.length == 0) reader.missing(utf8("cluster"));
    return config;
  }
}
