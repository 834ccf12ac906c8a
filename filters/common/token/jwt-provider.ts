import { Bytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Jwks } from "../jose/jwks";
import { Jwt } from "../jose/jwt";
import { JwtStatus } from "../jose/jwt-status";
import { Location } from "../location";
import { Audiences } from "./audiences";
import { KeyOwner, KeySource, LocalKeys } from "./key-source";
import { Provider, principalOf } from "./provider";
import { RemoteKeys } from "./remote-keys";
import { TokenCache } from "./token-cache";
import { TokenOwner } from "./token-owner";
import { Verdict } from "./verdict";
import { VerifiedToken } from "./verified-token";

/** An issuer that signs its tokens. */
export class JwtProvider extends Provider {
  private source: KeySource | null = null;
  private cache: TokenCache = new TokenCache(1, 0);

  protected override readSource(reader: ConfigReader): bool {
    if (reader.at(utf8("local_jwks"))) this.useKeys(reader, LocalKeys.read(reader));
    else if (reader.at(utf8("remote_jwks"))) this.useKeys(reader, RemoteKeys.read(reader));
    else return false;
    return true;
  }

  protected override completeSource(reader: ConfigReader): void {
    const source = this.source;
    if (source === null) reader.missing(utf8("local_jwks or remote_jwks"));
    else if (!source.isFor(this.demands.issuer.view)) reader.invalid(utf8("discovery with an issuer"));
  }

  override open(owner: TokenOwner): void {
    this.source!.open(owner as KeyOwner);
    this.binding.open(owner);
  }

  override useCache(entries: i32, maxTokenBytes: i32): void {
    this.cache = new TokenCache(entries, maxTokenBytes);
  }

  override judgeToken(verdict: Verdict, location: Location, text: Bytes, audiences: Audiences): JwtStatus {
    const owner = verdict.owner as KeyOwner;
    const keys = this.source!.keys(owner, verdict.nowNanos);
    const known = keys !== null ? this.cache.find(text, keys) : null;
    if (known === null) return this.judgeUnknown(verdict, location, text, audiences, keys);
    owner.tokens.cacheHit.increment();
    const status = this.demands.checkAgain(known.expiry, known.notBefore, known.audiences, audiences, verdict.nowNanos);
    return status == JwtStatus.Ok ? this.accept(verdict, location, text, known) : status;
  }

  private judgeUnknown(verdict: Verdict, location: Location, text: Bytes, audiences: Audiences, keys: Jwks | null): JwtStatus {
    (verdict.owner as KeyOwner).tokens.cacheMiss.increment();
    const jwt = Jwt.parse(text);
    if (jwt.status != JwtStatus.Ok) return jwt.status;
    if (!this.demands.algorithms.has(jwt.jws.algorithm)) return JwtStatus.BadAlgorithm;
    let status = this.demands.check(jwt.claims, audiences, verdict.nowNanos);
    if (status == JwtStatus.Ok) status = this.verify(verdict, jwt, keys);
    if (status == JwtStatus.Ok) status = this.checkClaims(verdict, jwt.claims.json);
    if (status != JwtStatus.Ok) return status;
    const headers = this.output.headersOf(jwt.claims.json, jwt.jws.encodedPayload);
    const token = new VerifiedToken(jwt.claims, principalOf(jwt.claims), headers, this.binding.clientIn(jwt.claims.json));
    this.cache.keep(text, token, keys!);
    return this.accept(verdict, location, text, token);
  }

  /** Whether one of the keys signed it; without a fitting one, newer keys may be on their way. */
  private verify(verdict: Verdict, jwt: Jwt, keys: Jwks | null): JwtStatus {
    if (verdict.isExhausted) return JwtStatus.TooMany;
    const status = keys !== null ? keys.verify(jwt.jws) : JwtStatus.KeysNotFetched;
    verdict.efforts += jwt.jws.keysTried;
    const isFinal = status != JwtStatus.NoFittingKey && status != JwtStatus.KeysNotFetched;
    if (isFinal || !this.source!.awaitsNewer(verdict.owner as KeyOwner, verdict.stream.id, verdict.nowNanos)) return status;
    verdict.efforts++;
    return JwtStatus.Pending;
  }

  private useKeys(reader: ConfigReader, source: KeySource): void {
    if (this.source !== null) reader.invalid(utf8("one of local_jwks, remote_jwks"));
    this.source = source;
  }
}
