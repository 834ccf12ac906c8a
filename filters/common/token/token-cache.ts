import { Bytes, LruMap, OwnedBytes, equalsConstantTime } from "@sluice/sdk";
import { Jwks } from "../jose/jwks";
import { VerifiedToken } from "./verified-token";

/** Of the end of a token, which is the end of its signature: it tells tokens apart as well as a hash of all of it. */
const PLACE_BYTES: i32 = 16;

class Known {
  constructor(readonly text: OwnedBytes, readonly token: VerifiedToken | null, readonly keys: Jwks | null) {}
}

/**
 * Tokens whose signature held, so that it is computed once. A token is known as long as the keys are those that it was verified
 * with. Its place is told by its end, then all of it is compared in constant time: time tells nothing of tokens that are known.
 */
export class TokenCache {
  private readonly entries: LruMap<Known>;
  private readonly nothing: Known = new Known(OwnedBytes.absent(), null, null);

  /** `maxTokenBytes`: longer tokens are not kept. */
  constructor(private readonly capacity: i32, private readonly maxTokenBytes: i32) {
    this.entries = new LruMap<Known>(capacity);
  }

  /** Null when it is not known. */
  find(text: Bytes, keys: Jwks): VerifiedToken | null {
    const known = this.entries.get(placeOf(text), this.nothing);
    return known.keys === keys && equalsConstantTime(known.text.view, text) ? known.token : null;
  }

  keep(text: Bytes, token: VerifiedToken, keys: Jwks): void {
    if (this.capacity == 0 || text.length > this.maxTokenBytes) return;
    this.entries.set(placeOf(text), new Known(text.toOwned(), token, keys));
  }
}

/** Those who can get tokens with one end signed only take places from each other. */
function placeOf(text: Bytes): Bytes {
  return text.slice(max(0, text.length - PLACE_BYTES));
}
