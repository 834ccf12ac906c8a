// A link of a chain: does at each event what its configuration says, `NAME act act …`, and notes every event in a trail
// that all links of a case share. A deleted link logs the whole trail.

import {
  Action, Bytes, BytesBuilder, CalloutHandler, Context, HeaderList, HttpContext, LogLevel, OwnedBytes, RootContext,
  registerRoot, utf8,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/request-body";
export * from "@sluice/sdk/exports/request-trailers";
export * from "@sluice/sdk/exports/response";
export * from "@sluice/sdk/exports/response-body";
export * from "@sluice/sdk/exports/response-trailers";
export * from "@sluice/sdk/exports/log";
export * from "@sluice/sdk/exports/tick";
export * from "@sluice/sdk/exports/callouts";

class AnswerHandler extends CalloutHandler {
  onResponse(context: Context): void {
    (context as Link).onAnswer();
  }

  onReset(context: Context): void {}
}

class LinkRoot extends RootContext {
  name: OwnedBytes = OwnedBytes.absent();
  acts: OwnedBytes = OwnedBytes.absent();
  readonly handler: AnswerHandler = new AnswerHandler();
  private readonly waiting: u32[] = [];

  override onConfigure(configuration: Bytes): bool {
    const blank = configuration.indexOfByte(0x20);
    this.name = configuration.slice(0, blank < 0 ? configuration.length : blank).toOwned();
    this.acts = BytesBuilder.create().add(configuration).addByte(0x20).toBytes().toOwned();
    return true;
  }

  override createHttpContext(id: u32): HttpContext {
    return new Link(id, this);
  }

  override onTick(): void {
    this.setTickPeriod(0);
    for (let i = 0; i < this.waiting.length; i++) {
      const stream = this.withStream(this.waiting[i]);
      if (stream !== null) (stream as Link).onWaited();
    }
    this.waiting.length = 0;
  }

  does(act: Bytes): bool {
    const wanted = BytesBuilder.create().addByte(0x20).add(act).addByte(0x20).toBytes();
    return this.acts.view.indexOf(wanted) >= 0;
  }

  /** Links wait 60 ms, those that are slow 120, lazy ones 800. */
  wait(id: u32): void {
    this.waiting.push(id);
    this.setTickPeriod(this.does(utf8("lazy")) ? 800 : this.does(utf8("slow")) ? 120 : 60);
  }

  note(event: Bytes): void {
    const trail = BytesBuilder.create().add(this.getSharedData(utf8("trail")).value);
    trail.add(this.name.view).addByte(0x2e).add(event).addByte(0x20);
    this.setSharedData(utf8("trail"), trail.toBytes());
  }

  logTrail(): void {
    this.log(LogLevel.Info, BytesBuilder.create().add(utf8("trail: ")).add(this.getSharedData(utf8("trail")).value).toBytes());
  }
}

class Link extends HttpContext {
  private holdsResponse: bool = false;

  constructor(id: u32, private readonly root: LinkRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    this.note(utf8("reqh"), -1, endOfStream);
    const trail = this.requestHeaders.get(utf8("x-trail"));
    this.requestHeaders.set(utf8("x-trail"), BytesBuilder.create().add(trail).add(this.root.name.view).toBytes());
    this.prepareRequestBodyChange();
    if (this.does(utf8("reqh.call"))) return this.call();
    if (this.does(utf8("reqh.hold"))) return Action.Pause;
    return this.actOn(utf8("reqh"), false);
  }

  override onRequestBody(size: u32, endOfStream: bool): Action {
    this.note(utf8("reqb"), size, endOfStream);
    const body = this.requestBody;
    if (body.size != size || <u32>body.read().length != size) this.root.note(utf8("wrong-size"));
    if (size && this.does(utf8("reqb.front"))) body.prepend(this.root.name.view);
    if (size && this.does(utf8("reqb.back"))) body.append(this.root.name.view);
    if (endOfStream && this.does(utf8("reqb.close"))) this.close();
    if (endOfStream && this.does(utf8("reqb.trailers"))) this.requestTrailers.set(utf8("x-made"), this.root.name.view);
    if (!endOfStream && this.does(utf8("reqb.buffer"))) return Action.Pause;
    return endOfStream ? this.actOn(utf8("reqb"), false) : Action.Continue;
  }

  override onRequestTrailers(): Action {
    this.note(utf8("reqt"), -1, false);
    this.requestTrailers.set(utf8("x-seen-by"), this.root.name.view);
    return this.actOn(utf8("reqt"), false);
  }

  override onResponseHeaders(endOfStream: bool): Action {
    this.note(utf8("resh"), -1, endOfStream);
    const trail = this.responseHeaders.get(utf8("x-trail"));
    this.responseHeaders.set(utf8("x-trail"), BytesBuilder.create().add(trail).add(this.root.name.view).toBytes());
    this.prepareResponseBodyChange();
    return this.actOn(utf8("resh"), true);
  }

  override onResponseBody(size: u32, endOfStream: bool): Action {
    this.note(utf8("resb"), size, endOfStream);
    if (size && this.does(utf8("resb.front"))) this.responseBody.prepend(this.root.name.view);
    if (!endOfStream && this.does(utf8("resb.buffer"))) return Action.Pause;
    return endOfStream ? this.actOn(utf8("resb"), true) : Action.Continue;
  }

  override onResponseTrailers(): Action {
    this.note(utf8("rest"), -1, false);
    return this.actOn(utf8("rest"), true);
  }

  override onLog(): void {
    this.note(utf8("log"), -1, false);
  }

  override onDone(): void {
    this.note(utf8("done"), -1, false);
  }

  override onDelete(): void {
    this.note(utf8("delete"), -1, false);
    this.root.logTrail();
  }

  onWaited(): void {
    this.note(utf8("tick"), -1, false);
    if (this.does(utf8("tick.reply"))) this.reply();
    else if (this.holdsResponse) this.continueResponse();
    else this.continueRequest();
  }

  onAnswer(): void {
    this.note(utf8("answer"), -1, false);
    this.requestHeaders.set(utf8("x-user"), this.calloutHeaders.get(utf8("x-user")));
    this.continueRequest();
  }

  /** `PHASE.wait` goes on in the next tick, `PHASE.reply` answers. */
  private actOn(phase: Bytes, isResponse: bool): Action {
    const builder = BytesBuilder.create().add(phase);
    if (this.does(builder.add(utf8(".wait")).toBytes())) {
      this.holdsResponse = isResponse;
      this.root.wait(this.id);
      return Action.Pause;
    }
    if (this.does(BytesBuilder.create().add(phase).add(utf8(".reply")).toBytes())) this.reply();
    return Action.Continue;
  }

  /** Adds to both ends of what it sees of the body: `NAME+NAME-`. */
  private close(): void {
    this.requestBody.append(BytesBuilder.create().add(this.root.name.view).addByte(0x2d).toBytes());
    this.requestBody.prepend(BytesBuilder.create().add(this.root.name.view).addByte(0x2b).toBytes());
  }

  private call(): Action {
    const headers = HeaderList.create().add(utf8(":method"), utf8("GET")).add(utf8(":path"), utf8("/verify"));
    this.httpCall(utf8("auth"), headers.add(utf8(":authority"), utf8("auth")), Bytes.absent, 1000, this.root.handler);
    return Action.Pause;
  }

  private reply(): void {
    this.sendLocalResponse(403, this.root.name.view, this.root.name.view);
  }

  private does(act: Bytes): bool {
    return this.root.does(act);
  }

  private note(event: Bytes, size: i32, ends: bool): void {
    const text = BytesBuilder.create().add(event);
    if (size >= 0) text.addU64(size);
    if (ends) text.addByte(0x21);
    this.root.note(text.toBytes());
  }
}

registerRoot((id: u32): RootContext => new LinkRoot(id));
