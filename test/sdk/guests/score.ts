// The measuring filter of the bench: reads five headers, compares four, adds two.

import { Action, HttpContext, RootContext, registerRoot, utf8 } from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class ScoreRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new Score(id);
  }
}

class Score extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    const headers = this.requestHeaders;
    let hits = 0;
    if (headers.get(utf8(":method")).equals(utf8("GET"))) hits++;
    if (headers.get(utf8(":path")).equals(utf8("/api/items?id=42"))) hits++;
    if (headers.get(utf8("authorization")).startsWith(utf8("Bearer "))) hits++;
    if (headers.get(utf8("accept")).equals(utf8("application/json"))) hits++;
    if (headers.has(utf8("user-agent"))) hits++;
    headers.add(utf8("x-filter-score"), hits == 5 ? utf8("high") : utf8("low"));
    headers.add(utf8("x-filter-name"), utf8("anchor"));
    return Action.Continue;
  }
}

registerRoot((id) => new ScoreRoot(id));
