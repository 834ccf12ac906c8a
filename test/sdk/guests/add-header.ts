import { Action, HttpContext, RootContext, registerRoot, utf8 } from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class AddHeaderRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new AddHeader(id);
  }
}

class AddHeader extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    this.requestHeaders.add(utf8("x-sluice"), utf8("yes"));
    return Action.Continue;
  }
}

registerRoot((id) => new AddHeaderRoot(id));
