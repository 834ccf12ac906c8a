// Does what kills, hangs or corrupts a real Envoy, one act per configuration; the SDK refuses each.
// Only request and response headers and bodies pass otherwise.

import {
  Action, Bytes, CalloutHandler, Context, GrpcCallHandler, GrpcStatus, HeaderList, HttpContext,
  OwnedBytes, RootContext, registerRoot, utf8,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/request-body";
export * from "@sluice/sdk/exports/response";
export * from "@sluice/sdk/exports/response-body";
export * from "@sluice/sdk/exports/log";
export * from "@sluice/sdk/exports/callouts";
export * from "@sluice/sdk/exports/grpc";

class NoHandler extends CalloutHandler {
  onResponse(context: Context): void {}
  onReset(context: Context): void {}
}

class NoGrpcHandler extends GrpcCallHandler {
  onResponse(context: Context, message: Bytes): void {}
  onFailure(context: Context, status: GrpcStatus, message: Bytes): void {}
}

class MisuseRoot extends RootContext {
  act: OwnedBytes = OwnedBytes.absent();
  readonly handler: NoHandler = new NoHandler();
  readonly grpcHandler: NoGrpcHandler = new NoGrpcHandler();

  override onConfigure(configuration: Bytes): bool {
    this.act = configuration.toOwned();
    return true;
  }

  override createHttpContext(id: u32): HttpContext {
    return new Misuse(id, this);
  }
}

class Misuse extends HttpContext {
  constructor(id: u32, private readonly root: MisuseRoot) {
    super(id);
  }

  private does(act: Bytes): bool {
    return this.root.act.view.equals(act);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    this.misuseReplies();
    this.misuseRequestHeaders();
    this.misuseCallouts();
    if (this.does(utf8("continue response early"))) this.continueResponse();
    if (this.does(utf8("continue and Continue"))) this.continueRequest();
    if (this.does(utf8("unknown action"))) return <Action>7;
    if (!this.does(utf8("continue and Pause"))) return Action.Continue;
    this.continueRequest();
    this.sendLocalResponse(418);
    return Action.Pause;
  }

  override onRequestBody(size: u32, endOfStream: bool): Action {
    if (this.does(utf8("longer request body"))) this.requestBody.append(utf8("GET /smuggled HTTP/1.1\r\n\r\n"));
    if (this.does(utf8("shorter request body"))) this.requestBody.replaceAll(Bytes.empty);
    return Action.Continue;
  }

  override onResponseHeaders(endOfStream: bool): Action {
    this.misuseResponseHeaders();
    this.responseHeaders.set(utf8("x-seen"), utf8("1"));
    if (this.does(utf8("response continue and Continue"))) this.continueResponse();
    if (!this.does(utf8("response continue and Pause"))) return Action.Continue;
    this.continueResponse();
    this.sendLocalResponse(418);
    return Action.Pause;
  }

  override onResponseBody(size: u32, endOfStream: bool): Action {
    if (this.does(utf8("longer response body"))) this.responseBody.append(utf8("more"));
    if (this.does(utf8("shorter response body"))) this.responseBody.replaceAll(Bytes.empty);
    return Action.Continue;
  }

  override onLog(): void {
    if (this.does(utf8("reply in onLog"))) this.sendLocalResponse(403);
    if (this.does(utf8("reset in onLog"))) this.resetStream();
    if (this.does(utf8("continue in onLog"))) this.continueResponse();
  }

  override onDone(): void {
    if (this.does(utf8("reply in onDone"))) this.sendLocalResponse(403);
    if (this.does(utf8("reset in onDone"))) this.resetStream();
  }

  override onDelete(): void {
    if (this.does(utf8("reply in onDelete"))) this.sendLocalResponse(403);
  }

  private misuseReplies(): void {
    if (this.does(utf8("reply"))) this.sendLocalResponse(403, utf8("first"), utf8("first"));
    if (this.does(utf8("second reply"))) {
      this.sendLocalResponse(403, utf8("first"), utf8("first"));
      this.sendLocalResponse(402, utf8("second"), utf8("second"));
    }
    if (this.does(utf8("reply and continue"))) {
      this.sendLocalResponse(403, utf8("first"), utf8("first"));
      this.continueRequest();
    }
    if (this.does(utf8("reply and reset"))) {
      this.sendLocalResponse(403, utf8("first"), utf8("first"));
      this.resetStream();
    }
    if (this.does(utf8("status 99"))) this.sendLocalResponse(99);
    if (this.does(utf8("status 600"))) this.sendLocalResponse(600);
    if (this.does(utf8("status 204 with body"))) this.sendLocalResponse(204, utf8("d"), utf8("body"));
    if (this.does(utf8("reply with a line break"))) this.replyWith(utf8("x-a"), utf8("1\r\nx-injected: 1"));
    if (this.does(utf8("reply with a blank name"))) this.replyWith(utf8("x a"), utf8("v"));
    if (this.does(utf8("reply with an empty name"))) this.replyWith(Bytes.empty, utf8("v"));
    if (this.does(utf8("reply with :status"))) this.replyWith(utf8(":status"), utf8("200"));
    if (this.does(utf8("reply with 1025 headers"))) this.replyWithMany();
  }

  private replyWith(name: Bytes, value: Bytes): void {
    this.sendLocalResponse(403, utf8("d"), Bytes.absent, HeaderList.create().add(name, value));
  }

  private replyWithMany(): void {
    const headers = HeaderList.create();
    for (let i = 0; i < 1025; i++) headers.add(utf8("x-a"), utf8("1"));
    this.sendLocalResponse(403, utf8("d"), Bytes.absent, headers);
  }

  private misuseRequestHeaders(): void {
    const headers = this.requestHeaders;
    if (this.does(utf8("path with a blank"))) headers.set(utf8(":path"), utf8("/a b"));
    if (this.does(utf8("method with a blank"))) headers.set(utf8(":method"), utf8("FOO BAR"));
    if (this.does(utf8("method HEAD"))) headers.set(utf8(":method"), utf8("HEAD"));
    if (this.does(utf8("no method"))) headers.remove(utf8(":method"));
    if (this.does(utf8("no host"))) headers.remove(utf8("Host"));
    if (this.does(utf8("second host"))) headers.add(utf8("host"), utf8("other"));
    if (this.does(utf8("request with a line break"))) headers.add(utf8("x-a"), utf8("1\r\nx-injected: 1"));
    if (this.does(utf8("framing"))) headers.set(utf8("transfer-encoding"), utf8("chunked"));
    if (this.does(utf8("content-length"))) headers.set(utf8("content-length"), utf8("9"));
  }

  private misuseResponseHeaders(): void {
    const headers = this.responseHeaders;
    if (this.does(utf8("response with a line break"))) headers.set(utf8("x-a"), utf8("1\r\nx-injected: 1"));
    if (this.does(utf8("response with NUL"))) headers.set(utf8("x-a"), utf8("1\0"));
    if (this.does(utf8("response with a blank name"))) headers.add(utf8("x a"), utf8("v"));
    if (this.does(utf8("response with an empty name"))) headers.add(Bytes.empty, utf8("v"));
    if (this.does(utf8("response status 204"))) headers.set(utf8(":status"), utf8("204"));
    if (this.does(utf8("response status 99"))) headers.set(utf8(":status"), utf8("99"));
    if (this.does(utf8("no status"))) headers.remove(utf8(":status"));
  }

  private misuseCallouts(): void {
    if (this.does(utf8("callout method with a blank"))) this.call(utf8("FOO BAR"), utf8("/"));
    if (this.does(utf8("callout without path"))) this.call(utf8("GET"), Bytes.empty);
    if (this.does(utf8("callout path with a blank"))) this.call(utf8("GET"), utf8("/a b"));
    if (this.does(utf8("grpc without cluster"))) this.callGrpc(Bytes.empty, utf8("Ask"));
    if (this.does(utf8("grpc to a name that parses"))) this.callGrpc(utf8("authorino"), utf8("Ask"));
    if (this.does(utf8("grpc without method"))) this.callGrpc(utf8("auth"), Bytes.empty);
    if (this.does(utf8("grpc method with a line break"))) this.callGrpc(utf8("auth"), utf8("Ask HTTP/1.1\r\n"));
    if (this.does(utf8("callout path with a line break"))) this.call(utf8("GET"), utf8("/ HTTP/1.1\r\n"));
  }

  private callGrpc(cluster: Bytes, method: Bytes): void {
    const handler = this.root.grpcHandler;
    this.grpcCall(cluster, utf8("test.Check"), method, null, Bytes.empty, 100, handler);
  }

  private call(method: Bytes, path: Bytes): void {
    const headers = HeaderList.create().add(utf8(":method"), method).add(utf8(":path"), path);
    headers.add(utf8(":authority"), utf8("auth"));
    this.httpCall(utf8("auth"), headers, Bytes.absent, 100, this.root.handler);
  }
}

registerRoot((id) => new MisuseRoot(id));
