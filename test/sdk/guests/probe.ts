// Runs one SDK call per test: the configuration names it, the request headers carry arguments. Long because each call of
// the SDK has its lines here, in one module that is compiled once.

import {
  Action, Bytes, BytesBuilder, CalloutHandler, Context, Counter, Expression, Gauge, GrpcCall,
  GrpcCallHandler, GrpcStatus, GrpcStream, GrpcStreamHandler, HeaderList, Histogram, HttpContext,
  LogLevel, OwnedBytes, PropertyType, RootContext, SharedDataUpdate, SignatureKey, StateSpan,
  clearRouteCache, compress, declareProperty, encodeHex, registerNamedRoot, registerRoot,
  setEnvoyFilterState, sign, uncompress, utf8, verifySignature,
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
export * from "@sluice/sdk/exports/queue";
export * from "@sluice/sdk/exports/callouts";
export * from "@sluice/sdk/exports/foreign";
export * from "@sluice/sdk/exports/grpc";

/** Appends `+` to the value, so that the attempts can be counted. */
class AppendPlus extends SharedDataUpdate {
  next(current: Bytes): Bytes {
    return BytesBuilder.create().add(current).addByte(0x2b).toBytes();
  }
}

class ProbeCallout extends CalloutHandler {
  onResponse(context: Context): void {
    const line = BytesBuilder.create().add(utf8("response ")).addU64(context.calloutStatus);
    line.addByte(0x20).add(context.calloutBody.read());
    context.log(LogLevel.Info, line.addString(" for ").addU64(context.id).toBytes());
  }

  onReset(context: Context): void {
    context.log(LogLevel.Info, utf8("reset"));
  }
}

class ProbeCall extends GrpcCallHandler {
  onResponse(context: Context, message: Bytes): void {
    context.log(LogLevel.Info, BytesBuilder.create().add(utf8("answer ")).add(message).toBytes());
  }

  onFailure(context: Context, status: GrpcStatus, message: Bytes): void {
    const line = BytesBuilder.create().add(utf8("failure ")).addU64(status).addByte(0x20);
    context.log(LogLevel.Info, line.add(message).toBytes());
  }
}

class ProbeStream extends GrpcStreamHandler {
  override onInitialMetadata(context: Context, stream: GrpcStream): void {
    context.log(LogLevel.Info, context.grpcInitialMetadata.get(utf8("content-type")));
  }

  onMessage(context: Context, stream: GrpcStream, message: Bytes): void {
    if (message.equals(utf8("cancel"))) stream.cancel();
    else stream.send(message, message.equals(utf8("last")));
  }

  override onTrailingMetadata(context: Context, stream: GrpcStream): void {
    context.log(LogLevel.Info, context.grpcTrailingMetadata.get(utf8("grpc-status")));
  }

  onClose(context: Context, stream: GrpcStream, status: GrpcStatus, message: Bytes): void {
    const line = BytesBuilder.create().add(utf8("closed ")).addU64(status).addByte(0x20);
    context.log(LogLevel.Info, line.add(message).toBytes());
    stream.send(utf8("too late"));
    stream.cancel();
  }
}

class ProbeRoot extends RootContext {
  mode: OwnedBytes = OwnedBytes.absent();
  counter: Counter | null = null;
  gauge: Gauge | null = null;
  histogram: Histogram | null = null;
  lastStream: u32 = 0;
  readonly handler: ProbeCallout = new ProbeCallout();
  readonly callHandler: ProbeCall = new ProbeCall();
  readonly streamHandler: ProbeStream = new ProbeStream();

  constructor(id: u32, readonly name: Bytes) {
    super(id);
  }

  override onVmStart(vmConfiguration: Bytes): bool {
    return !vmConfiguration.equals(utf8("refuse"));
  }

  override onConfigure(configuration: Bytes): bool {
    this.mode = configuration.toOwned();
    this.counter = this.defineCounter(utf8("probe.count"));
    this.gauge = this.defineGauge(utf8("probe.gauge"));
    this.histogram = this.defineHistogram(utf8("probe.size"));
    this.log(LogLevel.Debug, BytesBuilder.create().add(utf8("root ")).add(this.name).toBytes());
    return !configuration.equals(utf8("refuse"));
  }

  override createHttpContext(id: u32): HttpContext {
    this.lastStream = id;
    return new Probe(id, this);
  }

  override onTick(): void {
    if (this.mode.view.equals(utf8("two"))) this.readTwoStreams();
    const stream = this.withStream(this.lastStream);
    if (stream !== null) stream.continueRequest();
    this.setTickPeriod(0);
    if (this.mode.view.equals(utf8("late"))) this.done();
  }

  /** Reads the headers of two streams in one callback, the first of them twice. */
  private readTwoStreams(): void {
    const last = this.withStream(this.lastStream)!;
    const other = this.withStream(this.lastStream - 1)!;
    this.log(LogLevel.Info, last.requestHeaders.get(utf8("a")));
    this.log(LogLevel.Info, other.requestHeaders.get(utf8("a")));
    this.log(LogLevel.Info, last.requestHeaders.get(utf8("b")));
    other.requestHeaders.set(utf8("a"), utf8("changed"));
    this.log(LogLevel.Info, other.requestHeaders.get(utf8("a")));
    this.log(LogLevel.Info, last.requestHeaders.get(utf8("a")));
  }

  override onQueueReady(queueId: u32): void {
    this.log(LogLevel.Info, this.dequeue(queueId));
  }

  override onLog(): void {
    this.log(LogLevel.Info, utf8("root log"));
  }

  override onDone(): bool {
    return !this.mode.view.equals(utf8("late"));
  }
}

class Probe extends HttpContext {
  constructor(id: u32, private readonly root: ProbeRoot) {
    super(id);
  }

  private isMode(mode: Bytes): bool {
    return this.root.mode.view.equals(mode);
  }

  private say(message: Bytes): void {
    this.log(LogLevel.Info, message);
  }

  private sayNumber(name: Bytes, value: i64): void {
    this.say(BytesBuilder.create().add(name).addByte(0x3d).addI64(value).toBytes());
  }

  override onRequestHeaders(endOfStream: bool): Action {
    if (this.isMode(utf8("read"))) this.readHeaders();
    if (this.isMode(utf8("iterate"))) this.iterateHeaders();
    if (this.isMode(utf8("write"))) this.writeHeaders();
    if (this.isMode(utf8("single"))) this.readSingles();
    if (this.isMode(utf8("refusals"))) this.refusals();
    if (this.isMode(utf8("property"))) this.properties();
    if (this.isMode(utf8("metrics"))) this.metrics();
    if (this.isMode(utf8("shared"))) this.sharedData();
    if (this.isMode(utf8("queue"))) this.queues();
    if (this.isMode(utf8("callout"))) this.callout();
    if (this.isMode(utf8("grpc call"))) this.grpcCallout();
    if (this.isMode(utf8("grpc stream"))) this.grpcStreaming();
    if (this.isMode(utf8("grpc refusals"))) this.grpcRefusals();
    if (this.isMode(utf8("foreign"))) this.foreignFunctions();
    if (this.isMode(utf8("deny"))) return this.deny();
    if (this.isMode(utf8("continue-inside"))) this.continueRequest();
    if (this.isMode(utf8("prepare"))) this.prepareRequestBodyChange();
    if (this.isMode(utf8("big"))) this.bigValues();
    if (this.isMode(utf8("clock"))) this.sayNumber(utf8("now"), this.nowNanos());
    if (this.isMode(utf8("reset"))) this.sayNumber(utf8("reset"), this.resetStream());
    return this.isMode(utf8("pause")) ? Action.Pause : Action.Continue;
  }

  override onRequestBody(size: u32, endOfStream: bool): Action {
    const body = this.requestBody;
    this.sayNumber(utf8("size"), body.size);
    this.say(body.read(1, 3));
    this.sayNumber(utf8("append"), body.append(utf8("Z")));
    this.sayNumber(utf8("prepend"), body.prepend(utf8("A")));
    this.sayNumber(utf8("replacePrefix"), body.replacePrefix(2, utf8("xy")));
    this.sayNumber(utf8("replaceAll"), body.replaceAll(utf8("all")));
    return Action.Continue;
  }

  override onRequestTrailers(): Action {
    this.say(this.requestTrailers.get(utf8("t")));
    return Action.Continue;
  }

  override onResponseHeaders(endOfStream: bool): Action {
    this.say(utf8("response headers"));
    if (this.isMode(utf8("response-split"))) {
      this.sayNumber(utf8("set"), this.responseHeaders.set(utf8("x-a"), utf8("1\r\nx-b: 2")));
    }
    return this.isMode(utf8("pause-response")) ? Action.Pause : Action.Continue;
  }

  override onResponseBody(size: u32, endOfStream: bool): Action {
    if (this.isMode(utf8("pause-response"))) this.continueResponse();
    return Action.Continue;
  }

  override onLog(): void {
    if (!this.isMode(utf8("late-reply"))) return;
    this.sayNumber(utf8("reply"), this.sendLocalResponse(403));
    this.sayNumber(utf8("reset"), this.resetStream());
    this.sayNumber(utf8("continue"), this.continueRequest());
  }

  override onDelete(): void {
    if (this.isMode(utf8("deletes"))) this.say(utf8("deleted"));
  }

  private readHeaders(): void {
    const headers = this.requestHeaders;
    this.say(headers.get(utf8("a")));
    this.say(headers.get(utf8("X-Twice")));
    this.say(headers.value(utf8("x-twice"), 1));
    this.sayNumber(utf8("twice"), headers.count(utf8("x-twice")));
    this.sayNumber(utf8("missing"), headers.has(utf8("x-missing")));
    this.sayNumber(utf8("third"), headers.value(utf8("x-twice"), 2).isAbsent);
    this.sayNumber(utf8("empty"), headers.has(utf8("x-empty")));
    this.say(headers.get(utf8("host")));
  }

  private iterateHeaders(): void {
    const headers = this.requestHeaders;
    for (let i = 0; i < headers.size; i++) {
      this.say(BytesBuilder.create().add(headers.nameAt(i)).addByte(0x3d).add(headers.valueAt(i)).toBytes());
    }
    this.sayNumber(utf8("outside"), headers.nameAt(headers.size).isAbsent);
  }

  private writeHeaders(): void {
    const headers = this.requestHeaders;
    this.say(headers.get(utf8("a")));
    headers.set(utf8("a"), utf8("new"));
    this.say(headers.get(utf8("b")));
    this.say(headers.get(utf8("A")));
    headers.remove(utf8("b"));
    this.sayNumber(utf8("b"), headers.has(utf8("b")));
    headers.add(utf8("x-twice"), utf8("3"));
    this.sayNumber(utf8("twice"), headers.count(utf8("x-twice")));
    this.say(headers.value(utf8("x-twice"), 2));
  }

  private readSingles(): void {
    this.say(this.requestHeaders.getSingle(utf8("a")));
    this.sayNumber(utf8("missing"), this.requestHeaders.getSingle(utf8("x")).isAbsent);
  }

  private refusals(): void {
    const headers = this.requestHeaders;
    this.sayNumber(utf8("lf"), headers.add(utf8("x-a"), utf8("a\nb")));
    this.sayNumber(utf8("nul"), headers.set(utf8("x-a"), utf8("12345678\0")));
    this.sayNumber(utf8("del"), headers.set(utf8("x-a"), utf8("1234567\x7f")));
    this.sayNumber(utf8("tab"), headers.set(utf8("x-a"), utf8("a\tb")));
    this.sayNumber(utf8("high"), headers.set(utf8("x-a"), utf8("grün-und-grüner")));
    this.sayNumber(utf8("blank name"), headers.add(utf8("x a"), utf8("v")));
    this.sayNumber(utf8("empty name"), headers.add(utf8(""), utf8("v")));
    this.sayNumber(utf8("length"), headers.set(utf8("Content-Length"), utf8("3")));
    this.sayNumber(utf8("connection"), headers.add(utf8("connection"), utf8("close")));
    this.sayNumber(utf8("add path"), headers.add(utf8(":path"), utf8("/x")));
    this.sayNumber(utf8("set path"), headers.set(utf8(":path"), utf8("/x")));
    this.sayNumber(utf8("blank path"), headers.set(utf8(":path"), utf8("/a b")));
    this.sayNumber(utf8("empty path"), headers.set(utf8(":path"), utf8("")));
    this.sayNumber(utf8("bad method"), headers.set(utf8(":method"), utf8("FOO BAR")));
    this.sayNumber(utf8("bad status"), headers.set(utf8(":status"), utf8("99")));
    this.sayNumber(utf8("remove path"), headers.remove(utf8(":path")));
    this.sayNumber(utf8("nul key"), this.setProperty(utf8("a\0b"), utf8("v")));
    this.sayNumber(utf8("status 99"), this.sendLocalResponse(99));
    this.sayNumber(utf8("status 600"), this.sendLocalResponse(600));
    const bad = HeaderList.create().add(utf8("x-a"), utf8("a\r\nb"));
    this.sayNumber(utf8("bad header"), this.sendLocalResponse(403, utf8("d"), utf8("b"), bad));
  }

  private properties(): void {
    this.say(this.getProperty(utf8("source\0address")));
    this.sayNumber(utf8("port"), this.getPropertyI64(utf8("source\0port"), -1));
    this.sayNumber(utf8("mtls"), this.getPropertyBool(utf8("connection\0mtls")));
    this.sayNumber(utf8("none"), this.getPropertyU64(utf8("none"), 7));
    this.sayNumber(utf8("wrong size"), this.getPropertyI64(utf8("source\0address"), -2));
    this.sayNumber(utf8("double"), <i64>this.getPropertyF64(utf8("weight")));
    this.sayNumber(utf8("stored"), this.setProperty(utf8("mine"), utf8("v")));
  }

  private metrics(): void {
    const counter = this.root.counter!;
    counter.increment(0);
    counter.increment();
    counter.increment(41);
    this.sayNumber(utf8("count"), counter.value);
    this.root.gauge!.record(9);
    this.root.gauge!.add(-2);
    this.root.histogram!.record(5);
    this.sayNumber(utf8("gauge"), this.root.gauge!.value);
  }

  private sharedData(): void {
    const status = this.updateSharedData(utf8("k"), new AppendPlus());
    this.sayNumber(utf8("status"), status);
    const now = this.getSharedData(utf8("k"));
    this.say(now.value);
    this.sayNumber(utf8("stale"), this.setSharedData(utf8("k"), utf8("x"), now.cas + 100));
  }

  private queues(): void {
    const id = this.root.registerQueue(utf8("q"));
    this.sayNumber(utf8("resolved"), this.resolveQueue(Bytes.empty, utf8("q")) == id);
    this.sayNumber(utf8("enqueue"), this.enqueue(id, utf8("item")));
    this.sayNumber(utf8("unknown"), this.enqueue(99, utf8("item")));
    this.sayNumber(utf8("none"), this.root.dequeue(99).isAbsent);
  }

  private callout(): void {
    const headers = HeaderList.create()
      .add(utf8(":method"), utf8("GET"))
      .add(utf8(":path"), utf8("/check"))
      .add(utf8(":authority"), utf8("auth"));
    const cluster = this.requestHeaders.get(utf8("x-cluster"));
    const status = this.httpCall(cluster, headers, Bytes.absent, 500, this.root.handler);
    this.sayNumber(utf8("call"), status);
    const incomplete = HeaderList.create().add(utf8(":method"), utf8("GET"));
    this.sayNumber(utf8("incomplete"), this.httpCall(cluster, incomplete, Bytes.absent, 5, this.root.handler));
  }

  override onForeignFunction(functionId: u32, argument: Bytes): void {
    this.sayNumber(utf8("function"), functionId);
    this.say(argument);
  }

  private grpcCallout(): void {
    const metadata = HeaderList.create().add(utf8("x-user"), utf8("alice"));
    const call = this.grpcCall(
      utf8("authorino"), utf8("test.Check"), utf8("Ask"), metadata, utf8("question"), 500,
      this.root.callHandler,
    );
    this.sayNumber(utf8("started"), call !== null);
    if (call !== null && this.requestHeaders.has(utf8("x-cancel"))) this.cancelTwice(call);
  }

  private cancelTwice(call: GrpcCall): void {
    this.sayNumber(utf8("first"), call.cancel());
    this.sayNumber(utf8("second"), call.cancel());
  }

  private grpcStreaming(): void {
    const stream = this.grpcStream(
      utf8("chat"), utf8("test.Chat"), utf8("Talk"), null, this.root.streamHandler,
    );
    if (stream === null) return;
    this.sayNumber(utf8("sent"), stream.send(utf8("hello")));
    if (!this.requestHeaders.has(utf8("x-half-close"))) return;
    this.sayNumber(utf8("closed"), stream.closeSending());
    this.sayNumber(utf8("sent"), stream.send(utf8("more")));
    this.sayNumber(utf8("closed"), stream.closeSending());
  }

  private grpcRefusals(): void {
    this.tryGrpc(Bytes.empty, utf8("s"), utf8("m"), null);
    this.tryGrpc(utf8("c"), Bytes.empty, utf8("m"), null);
    this.tryGrpc(utf8("c"), utf8("s"), Bytes.empty, null);
    this.tryGrpc(utf8("c"), utf8("s"), utf8("m HTTP/1.1\r\n"), null);
    this.tryGrpc(utf8("c"), utf8("s"), utf8("m"), HeaderList.create().add(utf8("a"), utf8("\n")));
    this.tryGrpc(utf8("c"), utf8("s"), utf8("m"), HeaderList.create().add(utf8(":path"), utf8("/")));
  }

  private tryGrpc(cluster: Bytes, service: Bytes, method: Bytes, metadata: HeaderList | null): void {
    const root = this.root;
    const call = this.grpcCall(cluster, service, method, metadata, Bytes.empty, 5, root.callHandler);
    const stream = this.grpcStream(cluster, service, method, metadata, root.streamHandler);
    this.sayNumber(utf8("refused"), call === null && stream === null);
  }

  private foreignFunctions(): void {
    const key = SignatureKey.der(utf8("key"));
    const verified = verifySignature(utf8("sha256"), key, utf8("sig"), utf8("text"));
    this.sayNumber(utf8("verified"), verified.isOk);
    this.say(verified.error);
    const signed = sign(utf8("sha256"), SignatureKey.pem(utf8("PEM")), utf8("text"));
    this.sayNumber(utf8("signed"), signed.isOk);
    this.say(signed.signature);
    this.say(compress(utf8("plain")));
    this.sayNumber(utf8("uncompressed"), !uncompress(utf8("junk")).isAbsent);
    this.sayNumber(utf8("state"), setEnvoyFilterState(utf8("envoy.string"), utf8("v"), StateSpan.DownstreamRequest));
    this.sayNumber(utf8("declared"), declareProperty(utf8("p"), PropertyType.String, true, StateSpan.FilterChain));
    this.sayNumber(utf8("cleared"), clearRouteCache());
    this.sayNumber(utf8("own"), this.callForeignFunction(utf8("own"), utf8("\x01\0")).status);
    this.sayNumber(utf8("unparsed"), Expression.parse(utf8("1 +")) === null);
    const expression = Expression.parse(utf8("true"))!;
    this.sayNumber(utf8("true"), expression.isTrue());
    this.say(encodeHex(expression.evaluate().value));
    expression.delete();
  }

  private deny(): Action {
    const headers = HeaderList.create().add(utf8("x-why"), utf8("no key"));
    const first = this.sendLocalResponse(
      401, utf8("denied"), utf8("no"), headers, GrpcStatus.Unauthenticated,
    );
    this.sayNumber(utf8("first"), first);
    this.sayNumber(utf8("second"), this.sendLocalResponse(402));
    this.sayNumber(utf8("continue"), this.continueRequest());
    return Action.Continue;
  }

  private bigValues(): void {
    const value = this.requestHeaders.get(utf8("x-big"));
    const copy = BytesBuilder.create();
    for (let i = 0; i < 8; i++) copy.add(value);
    this.sayNumber(utf8("big"), copy.length);
    this.sayNumber(utf8("same"), copy.toBytes().startsWith(value) && copy.toBytes().endsWith(value));
  }
}

registerRoot((id) => new ProbeRoot(id, utf8("default")));
registerNamedRoot(utf8("named"), (id) => new ProbeRoot(id, utf8("named")));
