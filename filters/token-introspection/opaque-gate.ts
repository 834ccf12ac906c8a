import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";
import { JwtStatus, jwtStatusText } from "../common/jose/jwt-status";
import { TokenGate } from "../common/token/token-gate";

const JWT_BYTES: i32 = 3;

/** What is asked of requests whose tokens say nothing of themselves: they need not be Jwts, so nobody is told that they were. */
export class OpaqueGate extends TokenGate {
  override textOf(status: JwtStatus): Bytes {
    const text = jwtStatusText(status);
    const at = text.indexOf(utf8("Jwt"));
    if (at < 0) return text;
    const line = BytesBuilder.create().add(text.slice(0, at)).add(at == 0 ? utf8("Token") : utf8("token"));
    return line.add(text.slice(at + JWT_BYTES)).toBytes();
  }
}
