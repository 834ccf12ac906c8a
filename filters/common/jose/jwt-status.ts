import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";

/** What became of a token. */
export enum JwtStatus {
  Ok,
  /** Not known yet: something that was asked for is awaited. */
  Pending,
  Missing,
  TooLarge,
  /** The request has more tokens than are looked at. */
  TooMany,
  BadFormat,
  BadHeaderBase64,
  BadHeaderJson,
  BadAlgorithmType,
  BadAlgorithm,
  BadKeyIdType,
  BadType,
  Critical,
  Unencoded,
  BadPayloadBase64,
  BadPayloadJson,
  BadIssuerType,
  BadSubjectType,
  BadTokenIdType,
  BadAudienceType,
  BadExpiryType,
  BadExpiryRange,
  BadNotBeforeType,
  BadNotBeforeRange,
  BadIssuedAtType,
  BadIssuedAtRange,
  BadSignatureBase64,
  UnknownIssuer,
  NotYetValid,
  Expired,
  AudienceNotAllowed,
  ClaimsNotSufficient,
  NoKeys,
  NoFittingKey,
  KeysNotFetched,
  VerificationFailed,
  /** Who has issued it says that it is not good (any more). */
  Inactive,
  /** Who has issued it does not say. */
  NotIntrospected,
  /** The token names no key or certificate of a client. */
  Unbound,
  /** It names another certificate than the client's, or the client has none. */
  OtherCertificate,
  /** It was shown as if it were good for everybody. */
  Unproven,
  ProofMissing,
  BadProof,
  /** Of another method or URI. */
  OtherRequest,
  /** Made too long ago, or in the future. */
  OldProof,
  /** Of another token. */
  OtherToken,
  OtherKey,
  ProofShownBefore,
  /** It cannot be known whether it was shown before. */
  ProofUnknown,
}

/** The text of a status: Envoy's, where it has the status. */
export function jwtStatusText(status: JwtStatus): Bytes {
  switch (status) {
    case JwtStatus.Missing: return utf8("Jwt is missing");
    case JwtStatus.TooLarge: return utf8("Jwt is too large");
    case JwtStatus.TooMany: return utf8("Tokens are too many");
    case JwtStatus.BadFormat: return utf8("Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");
    case JwtStatus.BadHeaderBase64: return utf8("Jwt header is an invalid Base64url encoded");
    case JwtStatus.BadHeaderJson: return utf8("Jwt header is an invalid JSON");
    case JwtStatus.BadAlgorithmType: return utf8("Jwt header [alg] field is required and must be a string");
    case JwtStatus.BadAlgorithm: return unsupported(utf8("alg"));
    case JwtStatus.BadKeyIdType: return utf8("Jwt header [kid] field is not a string");
    case JwtStatus.BadType: return unsupported(utf8("typ"));
    case JwtStatus.Critical: return unsupported(utf8("crit"));
    case JwtStatus.Unencoded: return unsupported(utf8("b64"));
    case JwtStatus.BadPayloadBase64: return utf8("Jwt payload is an invalid Base64url encoded");
    case JwtStatus.BadPayloadJson: return utf8("Jwt payload is an invalid JSON");
    case JwtStatus.BadIssuerType: return claimText(utf8("iss"), utf8("a string"));
    case JwtStatus.BadSubjectType: return claimText(utf8("sub"), utf8("a string"));
    case JwtStatus.BadTokenIdType: return claimText(utf8("jti"), utf8("a string"));
    case JwtStatus.BadAudienceType: return claimText(utf8("aud"), utf8("a string or string list"));
    case JwtStatus.BadExpiryType: return claimText(utf8("exp"), utf8("an integer"));
    case JwtStatus.BadExpiryRange: return claimText(utf8("exp"), utf8("a positive 64 bit integer"));
    case JwtStatus.BadNotBeforeType: return claimText(utf8("nbf"), utf8("an integer"));
    case JwtStatus.BadNotBeforeRange: return claimText(utf8("nbf"), utf8("a positive 64 bit integer"));
    case JwtStatus.BadIssuedAtType: return claimText(utf8("iat"), utf8("an integer"));
    case JwtStatus.BadIssuedAtRange: return claimText(utf8("iat"), utf8("a positive 64 bit integer"));
    case JwtStatus.BadSignatureBase64: return utf8("Jwt signature is an invalid Base64url encoded");
    case JwtStatus.UnknownIssuer: return utf8("Jwt issuer is not configured");
    case JwtStatus.NotYetValid: return utf8("Jwt not yet valid");
    case JwtStatus.Expired: return utf8("Jwt is expired");
    case JwtStatus.AudienceNotAllowed: return utf8("Audiences in Jwt are not allowed");
    case JwtStatus.ClaimsNotSufficient: return utf8("Claims in Jwt are not sufficient");
    case JwtStatus.NoKeys: return utf8("Jwks doesn't have any valid public key");
    case JwtStatus.NoFittingKey: return utf8("Jwks doesn't have key to match kid or alg from Jwt");
    case JwtStatus.KeysNotFetched: return utf8("Jwks remote fetch is failed");
    case JwtStatus.Inactive: return utf8("Token is not active");
    case JwtStatus.NotIntrospected: return utf8("Token introspection failed");
    case JwtStatus.Unbound: return utf8("Jwt is not bound to its client");
    case JwtStatus.OtherCertificate: return utf8("Jwt is bound to another certificate");
    case JwtStatus.Unproven: return utf8("Jwt is bound to a key and needs the scheme DPoP");
    case JwtStatus.ProofMissing: return utf8("DPoP proof is missing");
    case JwtStatus.BadProof: return utf8("DPoP proof is invalid");
    case JwtStatus.OtherRequest: return utf8("DPoP proof is of another request");
    case JwtStatus.OldProof: return utf8("DPoP proof is of another time");
    case JwtStatus.OtherToken: return utf8("DPoP proof is of another Jwt");
    case JwtStatus.OtherKey: return utf8("DPoP proof is of another key");
    case JwtStatus.ProofShownBefore: return utf8("DPoP proof was shown before");
    case JwtStatus.ProofUnknown: return utf8("DPoP proofs are too many");
    default: return utf8("Jwt verification fails");
  }
}

/** Of a claim that is of another type. */
function claimText(name: Bytes, wanted: Bytes): Bytes {
  return BytesBuilder.create().add(utf8("Jwt payload [")).add(name).add(utf8("] field is not ")).add(wanted).toBytes();
}

/** Of a member of the header that asks for what is not there. */
function unsupported(name: Bytes): Bytes {
  return BytesBuilder.create().add(utf8("Jwt header [")).add(name).add(utf8("] is not supported")).toBytes();
}
