// Regular expressions behind request headers: `x-pattern` and `x-texts` (joined by commas) in hexadecimal; logged is a
// digit per text, or the fault and where it is.

import { Action, Bytes, BytesBuilder, HttpContext, LogLevel, RootContext, decodeHex, registerRoot, utf8 } from "@sluice/sdk";
import { Regex } from "@sluice/sdk/regex";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class RegexRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new RegexStream(id);
  }
}

class RegexStream extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    const pattern = decodeHex(this.requestHeaders.get(utf8("x-pattern")));
    const regex = new Regex(pattern, this.requestHeaders.has(utf8("x-ignore-case")));
    this.log(LogLevel.Info, regex.fault.isAbsent ? verdicts(regex, this.requestHeaders.get(utf8("x-texts"))) : faultOf(regex));
    return Action.Continue;
  }
}

function verdicts(regex: Regex, texts: Bytes): Bytes {
  const line = BytesBuilder.create();
  for (let start = 0; start <= texts.length; ) {
    const comma = texts.indexOfByte(0x2c, start);
    const end = comma < 0 ? texts.length : comma;
    line.addU64(u64(regex.matches(decodeHex(texts.slice(start, end)))));
    start = end + 1;
  }
  return line.toBytes();
}

function faultOf(regex: Regex): Bytes {
  return BytesBuilder.create().add(regex.fault).add(utf8(" at ")).addI64(regex.faultAt).toBytes();
}

registerRoot((id: u32): RootContext => new RegexRoot(id));
