import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { JwtStatus } from "../jose/jwt-status";
import { memberOf, textOf } from "../json-member";
import { ReplayWindow, Sighting } from "../replay-window";
import { AlgorithmSet } from "./algorithm-set";
import { isOfClient } from "./client-certificate";
import { judgeProof } from "./proof";
import { TokenBinding } from "./token-binding";
import { TokenOwner } from "./token-owner";
import { Verdict } from "./verdict";

const SECOND: u64 = 1000000000;
const DEFAULT_AGE: u64 = 60;
/** Proofs that are remembered as long as they are good, by all workers. */
const MOST_PROOFS: u32 = 65536;

/** To what tokens are bound. */
enum BindingKind {
  /** Nothing: who has one may show it. */
  None,
  /** The certificate of a client (RFC 8705 3). */
  Certificate,
  /** A key of a client, which proves with each request that it has it (RFC 9449). */
  Key,
}

/** `token_binding` of a provider: that its tokens are good for those only whom they were given to. */
export class ClientBinding extends TokenBinding {
  /** Algorithms that proofs may be made with; those of secrets never are. */
  readonly algorithms: AlgorithmSet = new AlgorithmSet(utf8("ES256 ES384 ES512 PS256 PS384 PS512 RS256 RS384 RS512 EdDSA"));
  /** Seconds that a proof is good for. */
  maxAge: u64 = DEFAULT_AGE;
  private kind: BindingKind = BindingKind.None;

  override readField(reader: ConfigReader): bool {
    if (reader.at(utf8("token_binding"))) this.kind = reader.readChoice(utf8("none, mtls or dpop"));
    else if (reader.at(utf8("proof_algorithms"))) this.algorithms.read(reader);
    else if (reader.at(utf8("proof_max_age"))) this.maxAge = reader.readDurationNanos() / SECOND;
    else return false;
    return true;
  }

  override get needsProof(): bool {
    return this.kind == BindingKind.Key;
  }

  override get proofAlgorithms(): Bytes {
    return this.needsProof ? this.algorithms.names : Bytes.absent;
  }

  override open(owner: TokenOwner): void {
    if (this.needsProof && owner.proofs === null) owner.proofs = new ReplayWindow(owner, utf8("jwt_authn.replay."), MOST_PROOFS);
  }

  override clientIn(claims: Bytes): OwnedBytes {
    if (this.kind == BindingKind.None) return OwnedBytes.absent();
    return textOf(memberOf(claims, utf8("cnf")), this.needsProof ? utf8("jkt") : utf8("x5t#S256")).toOwned();
  }

  override check(verdict: Verdict, token: Bytes, client: Bytes, skew: u64): JwtStatus {
    if (this.kind == BindingKind.None) return JwtStatus.Ok;
    if (client.isAbsent) return JwtStatus.Unbound;
    if (this.needsProof) return judgeProof(verdict, this, token, client, skew);
    return isOfClient(verdict.stream, client) ? JwtStatus.Ok : JwtStatus.OtherCertificate;
  }

  override useProof(verdict: Verdict): JwtStatus {
    const sighting = verdict.owner.proofs!.take(verdict.stream, verdict.proofKey, verdict.proofId, verdict.nowNanos, verdict.proofNanos);
    if (sighting == Sighting.First) return JwtStatus.Ok;
    return sighting == Sighting.Again ? JwtStatus.ProofShownBefore : JwtStatus.ProofUnknown;
  }
}
