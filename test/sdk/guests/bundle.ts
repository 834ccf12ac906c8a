// Two filters of one kind in a bundle; a configuration says what each does.

import {
  Action, Bytes, BytesBuilder, HttpContext, LogLevel, OwnedBytes, RootContext, registerRoot, utf8,
} from "@sluice/sdk";
import { registerBundle } from "@sluice/sdk/bundle";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/queue";
export * from "@sluice/sdk/exports/tick";

class Piece extends RootContext {
  private act: OwnedBytes = OwnedBytes.absent();
  private readonly waiting: u32[] = [];

  override onVmStart(vmConfiguration: Bytes): bool {
    return !vmConfiguration.equals(utf8("refuse"));
  }

  override onConfigure(configuration: Bytes): bool {
    this.act = configuration.toOwned();
    if (this.does(utf8("show")) || this.does(utf8("{\"show"))) this.log(LogLevel.Info, configuration);
    if (this.does(utf8("names"))) this.logNames();
    if (this.does(utf8("tick 100"))) this.setTickPeriod(100);
    if (this.does(utf8("tick 250"))) this.setTickPeriod(250);
    if (this.does(utf8("queue"))) this.registerQueue(utf8("items"));
    if (!this.does(utf8("refuse"))) return true;
    this.log(LogLevel.Error, utf8("refused on purpose"));
    return false;
  }

  override createHttpContext(id: u32): HttpContext {
    return new PieceStream(id, this);
  }

  override onTick(): void {
    this.log(LogLevel.Info, utf8("tick"));
    if (this.does(utf8("late end"))) this.log(LogLevel.Info, this.done() ? utf8("ended") : utf8("waits"));
    for (let i = 0; i < this.waiting.length; i++) {
      const stream = this.withStream(this.waiting[i]);
      if (stream !== null) stream.sendLocalResponse(403, this.act.view);
    }
  }

  override onQueueReady(queueId: u32): void {
    this.log(LogLevel.Info, this.dequeue(queueId));
  }

  override onDone(): bool {
    if (this.does(utf8("late end"))) this.setTickPeriod(10);
    return !this.does(utf8("late end"));
  }

  does(act: Bytes): bool {
    return this.act.view.startsWith(act);
  }

  wait(id: u32): void {
    this.waiting.push(id);
    this.setTickPeriod(50);
  }

  private logNames(): void {
    this.log(LogLevel.Info, this.getProperty(utf8("plugin_name")));
    this.log(LogLevel.Info, this.getProperty(utf8("plugin_root_id")));
  }
}

class PieceStream extends HttpContext {
  constructor(id: u32, private readonly root: Piece) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const headers = this.requestHeaders;
    const line = BytesBuilder.create().add(headers.get(utf8("a"))).addByte(0x2c).add(headers.get(utf8("b")));
    if (this.root.does(utf8("read"))) this.log(LogLevel.Info, line.toBytes());
    if (this.root.does(utf8("read and write"))) headers.set(utf8("a"), utf8("new"));
    if (this.root.does(utf8("read and write all"))) {
      headers.add(utf8("c"), utf8("third"));
      this.log(LogLevel.Info, BytesBuilder.create().addU64(headers.size).addByte(0x2c).add(headers.get(utf8("b"))).toBytes());
    }
    if (this.root.does(utf8("bad name"))) headers.set(utf8("x a"), utf8("v"));
    if (this.root.does(utf8("reply later"))) this.root.wait(this.id);
    return this.root.does(utf8("reply later and wait")) ? Action.Pause : Action.Continue;
  }
}

registerRoot((id: u32): RootContext => new Piece(id));
registerRoot((id: u32): RootContext => new Piece(id));
registerBundle([utf8("first"), utf8("second")]);
