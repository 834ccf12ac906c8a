// The decision path of each path in `x-paths`, and whether it is refused (`!`); with `x-hosts` a digit per authority, whether
// the patterns of the configuration have it. Lists are joined by blanks, what is logged too.

import { Action, Bytes, BytesBuilder, HttpContext, LogLevel, RootContext, registerRoot, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { DecisionPath } from "../../../filters/common/decision-path";
import { HostMatch } from "../../../filters/common/host-match";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class Root extends ConfiguredRoot {
  readonly paths: DecisionPath = new DecisionPath();
  readonly hosts: HostMatch[] = [];

  protected override readConfig(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("hosts"))) this.readHosts(reader);
      else if (!this.paths.readField(reader) && !this.paths.readRefusal(reader)) reader.unknownField();
    }
  }

  protected override start(): void {}

  override createHttpContext(id: u32): HttpContext {
    return new Stream(id, this);
  }

  hasHost(authority: Bytes): bool {
    for (let i = 0; i < this.hosts.length; i++) if (this.hosts[i].matches(authority)) return true;
    return false;
  }

  private readHosts(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.hosts.push(HostMatch.read(reader));
  }
}

class Stream extends HttpContext {
  constructor(id: u32, private readonly root: Root) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const name = this.requestHeaders.has(utf8("x-hosts")) ? utf8("x-hosts") : utf8("x-paths");
    const texts = this.requestHeaders.get(name);
    const line = BytesBuilder.create();
    for (let start = 0; start <= texts.length; ) {
      const blank = texts.indexOfByte(0x20, start);
      const end = blank < 0 ? texts.length : blank;
      if (start > 0) line.addByte(0x20);
      this.answer(line, texts.slice(start, end), name.equals(utf8("x-hosts")));
      start = end + 1;
    }
    this.log(LogLevel.Info, line.toBytes());
    return Action.Continue;
  }

  private answer(line: BytesBuilder, text: Bytes, isHost: bool): void {
    if (isHost) line.addByte(this.root.hasHost(text) ? 0x31 : 0x30);
    else if (this.root.paths.refuses(text)) line.addByte(0x21);
    else line.add(this.root.paths.of(text));
  }
}

registerRoot((id: u32): RootContext => new Root(id));
