import { Bytes } from "@sluice/sdk";
import { Claims } from "./claims";
import { Jws } from "./jws";
import { JwtStatus } from "./jwt-status";

/** A JSON Web Token that is signed (RFC 7519 3). Holds views of the text. */
export class Jwt {
  private constructor(
    readonly jws: Jws,
    readonly claims: Claims,
    /** Ok, or what is wrong with the first part that is. */
    readonly status: JwtStatus,
  ) {}

  static parse(text: Bytes): Jwt {
    const jws = Jws.parse(text);
    if (jws.status != JwtStatus.Ok) return new Jwt(jws, new Claims(), jws.status);
    if (jws.payload.length == 0) return new Jwt(jws, new Claims(), JwtStatus.BadFormat);
    const claims = Claims.read(jws.payload);
    return new Jwt(jws, claims, claims.status);
  }
}
