import { Bytes, BytesBuilder, HeaderMap, utf8 } from "@sluice/sdk";
import { addQuoted, requestUri } from "../request-uri";

/** The value of `www-authenticate` (RFC 7617 2); without a realm of its own, the realm is the URI of the request. */
export function challenge(realm: Bytes, headers: HeaderMap): Bytes {
  const line = BytesBuilder.create().add(utf8("Basic realm="));
  return addQuoted(line, realm.isAbsent ? requestUri(headers) : realm).toBytes();
}
