import { Bytes, utf8 } from "@sluice/sdk";

/** What became of a token. */
export enum JwtStatus {
  Ok,
  /** Not known yet: something that was asked for is awaited. */
  Pending,
  Missing,
  TooLarge,
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
    case JwtStatus.BadFormat: return utf8("Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");
    case JwtStatus.BadHeaderBase64: return utf8("Jwt header is an invalid Base64url encoded");
    case JwtStatus.BadHeaderJson: return utf8("Jwt header is an invalid JSON");
    case JwtStatus.BadAlgorithmType: return utf8("Jwt header [alg] field is required and must be a string");
    case JwtStatus.BadAlgorithm: return utf8("Jwt header [alg] is not supported");
    case JwtStatus.BadKeyIdType: return utf8("Jwt header [kid] field is not a string");
    case JwtStatus.BadType: return utf8("Jwt header [typ] is not supported");
    case JwtStatus.Critical: return utf8("Jwt header [crit] is not supported");
    case JwtStatus.Unencoded: return utf8("Jwt header [b64] is not supported");
    case JwtStatus.BadPayloadBase64: return utf8("Jwt payload is an invalid Base64url encoded");
    case JwtStatus.BadPayloadJson: return utf8("Jwt payload is an invalid JSON");
    case JwtStatus.BadIssuerType: return utf8("Jwt payload [iss] field is not a string");
    case JwtStatus.BadSubjectType: return utf8("Jwt payload [sub] field is not a string");
    case JwtStatus.BadTokenIdType: return utf8("Jwt payload [jti] field is not a string");
    case JwtStatus.BadAudienceType: return utf8("Jwt payload [aud] field is not a string or string list");
    case JwtStatus.BadExpiryType: return utf8("Jwt payload [exp] field is not an integer");
    case JwtStatus.BadExpiryRange: return utf8("Jwt payload [exp] field is not a positive 64 bit integer");
    case JwtStatus.BadNotBeforeType: return utf8("Jwt payload [nbf] field is not an integer");
    case JwtStatus.BadNotBeforeRange: return utf8("Jwt payload [nbf] field is not a positive 64 bit integer");
    case JwtStatus.BadIssuedAtType: return utf8("Jwt payload [iat] field is not an integer");
    case JwtStatus.BadIssuedAtRange: return utf8("Jwt payload [iat] field is not a positive 64 bit integer");
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
