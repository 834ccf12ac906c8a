// Signatures of JOSE: `x-jwks` is a set of keys, which counts until the next one, `x-jws` a text that is signed. Logged is what
// became of it: nothing when a key of the set made the signature.

import { Action, Bytes, HttpContext, LogLevel, RootContext, registerRoot, utf8 } from "@sluice/sdk";
import { Jwks } from "../../../filters/common/jose/jwks";
import { Jws } from "../../../filters/common/jose/jws";
import { JwtStatus, jwtStatusText } from "../../../filters/common/jose/jwt-status";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class JwsRoot extends RootContext {
  keys: Jwks | null = null;

  override createHttpContext(id: u32): HttpContext {
    return new JwsStream(id, this);
  }

  verdict(text: Bytes): Bytes {
    const keys = this.keys;
    const jws = Jws.parse(text);
    if (jws.status != JwtStatus.Ok) return jwtStatusText(jws.status);
    const status = keys !== null ? keys.verify(jws) : JwtStatus.NoKeys;
    return status == JwtStatus.Ok ? Bytes.empty : jwtStatusText(status);
  }
}

class JwsStream extends HttpContext {
  constructor(id: u32, private readonly root: JwsRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const keys = this.requestHeaders.get(utf8("x-jwks"));
    if (!keys.isAbsent) this.root.keys = Jwks.parse(keys);
    this.log(LogLevel.Info, this.root.verdict(this.requestHeaders.get(utf8("x-jws"))));
    return Action.Continue;
  }
}

registerRoot((id: u32): RootContext => new JwsRoot(id));
