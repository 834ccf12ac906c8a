// A filter with every callback, for tests that go through a stream step by step. What it does stands in the request's headers.

import {
  Action, Bytes, CalloutHandler, Context, Expression, GrpcCallHandler, GrpcStatus, HeaderList, HttpContext, LogLevel, RootContext,
  registerRoot, utf8,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/callouts";
export * from "@sluice/sdk/exports/grpc";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/request-body";
export * from "@sluice/sdk/exports/request-trailers";
export * from "@sluice/sdk/exports/response";
export * from "@sluice/sdk/exports/response-body";
export * from "@sluice/sdk/exports/response-trailers";
export * from "@sluice/sdk/exports/log";

class StepsRoot extends RootContext {
  european: Expression | null = null;

  override onConfigure(configuration: Bytes): bool {
    this.european = Expression.parse(utf8("request.region == 'EU' && connection.mtls"));
    return true;
  }

  override createHttpContext(id: u32): HttpContext {
    return new Steps(id, this);
  }
}

class Steps extends HttpContext {
  constructor(id: u32, private readonly root: StepsRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    this.prepareRequestBodyChange();
    const step = this.requestHeaders.get(utf8("x-step"));
    if (step.equals(utf8("ask"))) return this.ask();
    if (step.equals(utf8("reset"))) this.resetStream();
    else if (step.equals(utf8("deny"))) this.deny();
    else if (step.equals(utf8("call"))) this.startCall(false);
    else if (step.equals(utf8("call and cancel"))) this.startCall(true);
    else if (step.equals(utf8("trap"))) throw new Error("trapped");
    this.requestHeaders.add(utf8("x-region"), this.getProperty(utf8("request\0region")));
    const european = this.root.european;
    if (european !== null && european.isTrue()) this.requestHeaders.add(utf8("x-european"), utf8("yes"));
    return Action.Continue;
  }

  private ask(): Action {
    const question = HeaderList.create()
      .add(utf8(":method"), utf8("GET")).add(utf8(":path"), utf8("/verify")).add(utf8(":authority"), utf8("auth"));
    this.httpCall(utf8("auth"), question, Bytes.empty, 1000, new Answer());
    return Action.Pause;
  }

  private startCall(cancels: bool): void {
    const call = this.grpcCall(utf8("rpc"), utf8("echo.Echo"), utf8("Say"), null, utf8("ping"), 1000, new Echo());
    if (cancels && call !== null) call.cancel();
  }

  private deny(): void {
    const headers = HeaderList.create().add(utf8("x-why"), utf8("step"));
    this.sendLocalResponse(403, utf8("steps denied"), utf8("denied"), headers, 7);
  }

  override onRequestBody(size: u32, endOfStream: bool): Action {
    if (!endOfStream) return Action.Pause;
    this.requestBody.append(utf8("!"));
    return Action.Continue;
  }

  override onRequestTrailers(): Action {
    this.requestTrailers.add(utf8("x-checked"), utf8("1"));
    return Action.Continue;
  }

  override onResponseHeaders(endOfStream: bool): Action {
    this.prepareResponseBodyChange();
    this.responseHeaders.add(utf8("x-seen"), this.responseHeaders.get(utf8(":status")));
    return Action.Continue;
  }

  override onResponseBody(size: u32, endOfStream: bool): Action {
    this.responseBody.prepend(utf8("["));
    return Action.Continue;
  }

  override onResponseTrailers(): Action {
    this.responseTrailers.add(utf8("x-checked"), utf8("2"));
    return Action.Continue;
  }

  override onLog(): void {
    this.log(LogLevel.Info, utf8("logged"));
    this.log(LogLevel.Info, this.getProperty(utf8("request\0region")));
  }

  override onDone(): void {
    this.log(LogLevel.Info, utf8("done"));
  }

  answered(name: Bytes): void {
    this.requestHeaders.add(utf8("x-user"), name);
    this.continueRequest();
  }
}

class Answer extends CalloutHandler {
  onResponse(context: Context): void {
    (<Steps>context).answered(context.calloutHeaders.get(utf8("x-user")));
  }

  onReset(context: Context): void {
    context.log(LogLevel.Warn, utf8("no answer"));
  }
}

class Echo extends GrpcCallHandler {
  onResponse(context: Context, message: Bytes): void {
    context.log(LogLevel.Info, message);
  }

  onFailure(context: Context, status: GrpcStatus, message: Bytes): void {
    context.log(LogLevel.Info, utf8("failed"));
  }
}

registerRoot((id) => new StepsRoot(id));
