import { Action, Bytes, Counter, LogLevel, TcpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { Config } from "./config";

/*
 * A client must begin with the greeting, which its upstream sees as well. What it sends is held until
 * the greeting is complete; a client that says something else is disconnected.
 */

/** One configured plugin. */
export class TemplateNameRoot extends ConfiguredRoot {
  config: Config = new Config();
  accepted!: Counter;
  refused!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.accepted = this.defineCounter(utf8("template_name.accepted"));
    this.refused = this.defineCounter(utf8("template_name.refused"));
  }

  override createTcpContext(id: u32): TcpContext | null {
    return new TemplateName(id, this);
  }
}

class TemplateName extends TcpContext {
  private isGreeted: bool = false;

  constructor(id: u32, private readonly root: TemplateNameRoot) {
    super(id);
  }

  override onDownstreamData(size: u32, endOfStream: bool): Action {
    if (this.isGreeted) return Action.Continue;
    const greeting = this.root.config.greeting.view;
    const seen = this.downstreamData.read(0, <u32>greeting.length);
    if (!greeting.startsWith(seen)) return this.refuse(seen);
    if (seen.length < greeting.length) return endOfStream ? this.refuse(seen) : Action.Pause;
    this.isGreeted = true;
    this.root.accepted.increment();
    return Action.Continue;
  }

  private refuse(seen: Bytes): Action {
    this.root.refused.increment();
    this.log(LogLevel.Info, seen.length == 0 ? utf8("no greeting") : utf8("wrong greeting"));
    this.closeConnection();
    return Action.Pause;
  }
}
