import { Bytes, HttpContext, decodeHex, encodeBase64Url, utf8 } from "@sluice/sdk";

/** Whether a client's certificate has this thumbprint (RFC 8705 3.1): SHA-256 of its DER in base64url. */
export function isOfClient(stream: HttpContext, thumbprint: Bytes): bool {
  const digest = decodeHex(digestOf(stream));
  return digest.length > 0 && encodeBase64Url(digest).equals(thumbprint);
}

/** In hexadecimal. Behind a gateway that mtls-identity trusts it is the certificate of the gateway's client that counts. */
function digestOf(stream: HttpContext): Bytes {
  const forwarded = stream.getProperty(utf8("auth.client_certificate"));
  if (!forwarded.isAbsent) return forwarded;
  return stream.getProperty(utf8("connection\0sha256_peer_certificate_digest"));
}
