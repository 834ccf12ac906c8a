import { Action, Counter, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { Config } from "./config";

/*
 * Say in at most five lines what a request experiences: every request gets one more header.
 */

/** One configured plugin. */
export class TemplateNameRoot extends ConfiguredRoot {
  config: Config = new Config();
  requests!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.requests = this.defineCounter(utf8("template_name.requests"));
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
