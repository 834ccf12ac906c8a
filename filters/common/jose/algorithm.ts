import { Bytes, Hash, SHA256, SHA384, SHA512, utf8 } from "@sluice/sdk";

/** Algorithms of signatures (RFC 7518 3.1, RFC 8037 3.1). Three in a row differ by their hash function alone. */
export enum Algorithm {
  /** None that is known here; `none` is one of these. */
  Unknown,
  HS256,
  HS384,
  HS512,
  RS256,
  RS384,
  RS512,
  PS256,
  PS384,
  PS512,
  ES256,
  ES384,
  ES512,
  EdDSA,
}

/** By its exact name. */
export function algorithmNamed(name: Bytes): Algorithm {
  if (name.equals(utf8("EdDSA"))) return Algorithm.EdDSA;
  const first = firstOfFamily(name.slice(0, 2));
  const bits = name.slice(2);
  if (first == Algorithm.Unknown) return first;
  if (bits.equals(utf8("256"))) return first;
  if (bits.equals(utf8("384"))) return first + 1;
  return bits.equals(utf8("512")) ? first + 2 : Algorithm.Unknown;
}

function firstOfFamily(letters: Bytes): Algorithm {
  if (letters.equals(utf8("HS"))) return Algorithm.HS256;
  if (letters.equals(utf8("RS"))) return Algorithm.RS256;
  if (letters.equals(utf8("PS"))) return Algorithm.PS256;
  return letters.equals(utf8("ES")) ? Algorithm.ES256 : Algorithm.Unknown;
}

/** The hash function of an algorithm other than EdDSA, which has its own. */
export function hashOf(algorithm: Algorithm): Hash {
  const place = (<i32>algorithm - <i32>Algorithm.HS256) % 3;
  if (place == 0) return SHA256;
  return place == 1 ? SHA384 : SHA512;
}
