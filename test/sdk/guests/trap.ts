import { Action, HttpContext, RootContext, registerRoot } from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class TrapRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new Trap(id);
  }
}

class Trap extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    return divide(1, endOfStream ? 0 : 1) == 1 ? Action.Continue : Action.Pause;
  }
}

function divide(a: i32, b: i32): i32 {
  return a / b;
}

registerRoot((id) => new TrapRoot(id));
