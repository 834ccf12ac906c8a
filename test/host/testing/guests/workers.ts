// Shows what workers share: each request counts, writes shared data, and puts an item into a queue that the last VM to start reads.

import { Action, Bytes, BytesBuilder, Counter, HttpContext, LogLevel, RootContext, SharedDataUpdate, registerRoot, utf8 } from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/queue";
export * from "@sluice/sdk/exports/tick";

class WorkersRoot extends RootContext {
  requests!: Counter;
  items!: Counter;
  /** Requests of this VM alone. */
  own: u32 = 0;

  override onConfigure(configuration: Bytes): bool {
    this.defineCounter(utf8("starts")).increment();
    this.requests = this.defineCounter(utf8("requests"));
    this.items = this.defineCounter(utf8("items"));
    this.setTickPeriod(1000);
    return this.registerQueue(utf8("queue")) != 0;
  }

  override onTick(): void {
    this.log(LogLevel.Info, utf8("tick"));
  }

  override onQueueReady(queueId: u32): void {
    const item = this.dequeue(queueId);
    this.items.increment();
    this.log(LogLevel.Info, BytesBuilder.create().addString("got ").add(item).toBytes());
  }

  override createHttpContext(id: u32): HttpContext {
    return new Request(id, this);
  }
}

class Request extends HttpContext {
  constructor(id: u32, private readonly root: WorkersRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const root = this.root;
    root.own++;
    root.requests.increment();
    this.updateSharedData(utf8("total"), new Increment());
    this.enqueue(this.resolveQueue(Bytes.empty, utf8("queue")), this.requestHeaders.get(utf8(":path")));
    this.requestHeaders.add(utf8("x-own"), BytesBuilder.create().addI64(root.own).toBytes());
    this.requestHeaders.add(utf8("x-total"), this.getSharedData(utf8("total")).value);
    return Action.Continue;
  }
}

class Increment extends SharedDataUpdate {
  next(current: Bytes): Bytes {
    return BytesBuilder.create().addI64(current.toU32() + 1).toBytes();
  }
}

registerRoot((id) => new WorkersRoot(id));
