// Adds what it can read of a connection to the request and to the response, in hex: `x-property: <path>=<value>`.

import { Action, Bytes, HeaderMap, HttpContext, RootContext, registerRoot, utf8 } from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/response";

class PropertiesRoot extends RootContext {
  names: string[] = [];

  override onConfigure(configuration: Bytes): bool {
    this.names = configuration.toString().split(" ");
    return true;
  }

  override createHttpContext(id: u32): HttpContext {
    return new Properties(id, this);
  }
}

class Properties extends HttpContext {
  constructor(id: u32, private readonly root: PropertiesRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    this.addAll(this.requestHeaders, "connection");
    return Action.Continue;
  }

  override onResponseHeaders(endOfStream: bool): Action {
    this.addAll(this.responseHeaders, "upstream");
    return Action.Continue;
  }

  private addAll(headers: HeaderMap, group: string): void {
    for (let i = 0; i < this.root.names.length; i++) {
      const path = group + "." + this.root.names[i];
      const value = this.getProperty(Bytes.fromString(path.replace(".", "\0")));
      headers.add(utf8("x-property"), Bytes.fromString(path + "=" + (value.isAbsent ? "absent" : hex(value))));
    }
  }
}

function hex(bytes: Bytes): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += (bytes.at(i) < 16 ? "0" : "") + (bytes.at(i) as u32).toString(16);
  return text;
}

registerRoot((id) => new PropertiesRoot(id));
