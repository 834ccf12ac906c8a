import { LogLevel } from "../abi/enums";
import { Bytes } from "../bytes/bytes";
import { RootContext } from "../context/root-context";
import { ConfigReader } from "./config-reader";

/**
 * The root context of a filter that reads its configuration strictly: what the reader finds wrong is
 * logged, with its JSON path, and the configuration refused.
 */
export abstract class ConfiguredRoot extends RootContext {
  override onConfigure(configuration: Bytes): bool {
    const reader = ConfigReader.of(configuration);
    this.readConfig(reader);
    if (!reader.finish()) {
      this.log(LogLevel.Error, reader.faultMessage());
      return false;
    }
    this.start();
    return true;
  }

  /** Takes the configuration from the reader; faults are the reader's to keep. */
  protected abstract readConfig(reader: ConfigReader): void;

  /** The configuration is good: makes what the filter needs beside it. */
  protected abstract start(): void;
}
