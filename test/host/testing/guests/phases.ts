// Shows each phase of a stream: what the tests of the plugin tester's tables look at.

import { Action, Bytes, BytesBuilder, HeaderList, HttpContext, LogLevel, RootContext, registerRoot, utf8 } from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/request-body";
export * from "@sluice/sdk/exports/response";
export * from "@sluice/sdk/exports/response-body";
export * from "@sluice/sdk/exports/log";

class PhasesRoot extends RootContext {
  override onConfigure(configuration: Bytes): bool {
    this.log(LogLevel.Info, utf8("configured"));
    return !configuration.equals(utf8("refuse"));
  }

  override createHttpContext(id: u32): HttpContext {
    this.log(LogLevel.Info, utf8("stream begins"));
    return new Phases(id);
  }
}

class Phases extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    this.log(LogLevel.Debug, utf8("in detail"));
    this.log(LogLevel.Debug, BytesBuilder.create().addString("at ").addI64(this.getPropertyTimestamp(utf8("request\0time"))).toBytes());
    this.prepareRequestBodyChange();
    const path = this.requestHeaders.get(utf8(":path"));
    if (path.equals(utf8("/trap"))) throw new Error("trapped");
    if (path.equals(utf8("/hold"))) return Action.Pause;
    this.requestHeaders.add(utf8("x-region"), this.getProperty(utf8("request\0region")));
    this.requestHeaders.remove(utf8("x-secret"));
    return Action.Continue;
  }

  override onRequestBody(size: u32, endOfStream: bool): Action {
    if (this.requestBody.read().equals(utf8("bad"))) {
      const headers = HeaderList.create().add(utf8("x-why"), utf8("bad"));
      this.sendLocalResponse(403, utf8("bad body"), utf8("denied"), headers, 7);
    } else this.requestBody.append(endOfStream ? utf8(".") : utf8("|"));
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

  override onDone(): void {
    this.log(LogLevel.Info, utf8("stream ends"));
  }
}

registerRoot((id) => new PhasesRoot(id));
