import { BytesBuilder, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { Jwt } from "../common/jose/jwt";
import { stripHeader } from "../common/strip-header";
import { Provider } from "./provider";
import { Session } from "./session";

/*
 * What the upstream and other filters get of a request that goes on. Headers of claims have been removed from it; cookies of the
 * filter are nothing for an upstream.
 */

/** Somebody is logged in. */
export function tellSession(stream: HttpContext, provider: Provider, session: Session): void {
  const headers = stream.requestHeaders;
  const claims = Jwt.parse(session.idToken).claims;
  provider.cookies.hide(headers);
  if (!provider.preservesAuthorization) stripHeader(headers, utf8("authorization"));
  if (provider.forwardsToken) {
    headers.set(utf8("authorization"), BytesBuilder.create().add(utf8("Bearer ")).add(session.accessToken).toBytes());
  }
  for (let i = 0; i < provider.claimHeaders.length; i++) {
    const values: OwnedBytes[] = [];
    provider.claimHeaders[i].valuesOf(claims.json, values);
    for (let k = 0; k < values.length; k++) headers.add(provider.claimHeaders[i].name.view, values[k].view);
  }
  const principal = BytesBuilder.create().add(claims.issuer).addByte(0x2f).add(claims.subject).toBytes();
  stream.setProperty(utf8("auth.principal"), principal);
  stream.setProperty(utf8("auth.claims"), claims.json);
}

/** Nobody is, and the request goes on all the same: with nothing in it that the upstream takes for the filter's own. */
export function tellNobody(stream: HttpContext, provider: Provider): void {
  provider.cookies.hide(stream.requestHeaders);
  if (provider.forwardsToken) stripHeader(stream.requestHeaders, utf8("authorization"));
}
