import { Bytes, OwnedBytes } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { JwtStatus } from "../jose/jwt-status";
import { TokenOwner } from "./token-owner";
import { Verdict } from "./verdict";

/** To whom a provider's tokens are bound. Here to nobody: who has one may show it. */
export class TokenBinding {
  /** Reads the current field when it is one of these; false when it is another one. */
  readField(reader: ConfigReader): bool {
    return false;
  }

  /** Whether tokens are shown with proofs. */
  get needsProof(): bool {
    return false;
  }

  /** Algorithms of proofs with blanks between them; absent when there are none. */
  get proofAlgorithms(): Bytes {
    return Bytes.absent;
  }

  /** The plugin starts. */
  open(owner: TokenOwner): void {}

  /** What the claims, as JSON, say of whom the token is for; absent when they need not, or do not. */
  clientIn(claims: Bytes): OwnedBytes {
    return OwnedBytes.absent();
  }

  /** Whether who shows a token is whom it is for: `client`, as above. `skew`: seconds by which clocks may differ. */
  check(verdict: Verdict, token: Bytes, client: Bytes, skew: u64): JwtStatus {
    return JwtStatus.Ok;
  }

  /** All that is required was shown: the proof of the request lets nobody in again. */
  useProof(verdict: Verdict): JwtStatus {
    return JwtStatus.Ok;
  }
}
