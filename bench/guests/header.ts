// The benchmark's header filter: five reads, four comparisons, two added headers; nothing on the response.
import { Action, Bytes, HttpContext, RootContext, registerRoot, utf8 } from "@sluice/sdk";
export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class Header extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    const headers = this.requestHeaders;
    let hits = 0;
    if (headers.get(utf8(":method")).equals(utf8("GET"))) hits++;
    if (headers.get(utf8(":path")).equals(utf8("/api/items?id=42"))) hits++;
    if (headers.get(utf8("authorization")).equals(utf8("Bearer 0123456789abcdef0123456789abcdef"))) hits++;
    if (headers.get(utf8("accept")).equals(utf8("application/json"))) hits++;
    const known = headers.has(utf8("user-agent"));
    headers.add(utf8("x-filter-score"), known && hits == 4 ? utf8("high") : utf8("low"));
    headers.add(utf8("x-filter-name"), utf8("anchor"));
    return Action.Continue;
  }
}

class HeaderRoot extends RootContext {
  override onConfigure(configuration: Bytes): bool {
    return true;
  }

  override createHttpContext(id: u32): HttpContext {
    return new Header(id);
  }
}

registerRoot((id: u32): RootContext => new HeaderRoot(id));
