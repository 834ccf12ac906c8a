import { Action, Bytes, Counter, HttpContext, LogLevel, RootContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "../common/config-reader";
import { Config } from "./config";

/*
 * Say in at most five lines what a request experiences: every request gets one more header.
 */

/** One configured plugin. */
export class TemplateNameRoot extends RootContext {
  config: Config = new Config();
  requests!: Counter;

  override onConfigure(configuration: Bytes): bool {
    const reader = ConfigReader.of(configuration);
    this.config = Config.read(reader);
    if (!reader.finish()) {
      this.log(LogLevel.Error, reader.faultMessage());
      return false;
    }
    this.requests = this.defineCounter(utf8("template_name.requests"));
    return true;
  }

  override createHttpContext(id: u32): HttpContext {
    return new TemplateName(id, this);
  }
}

class TemplateName extends HttpContext {
  constructor(id: u32, private readonly root: TemplateNameRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    this.requestHeaders.set(config.header.view, config.value.view);
    this.root.requests.increment();
    return Action.Continue;
  }
}
