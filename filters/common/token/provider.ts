import { Bytes, BytesBuilder, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Claims } from "../jose/claims";
import { Jwks } from "../jose/jwks";
import { Jwt } from "../jose/jwt";
import { JwtStatus } from "../jose/jwt-status";
import { CookieLocation, Location, ParameterLocation } from "../location";
import { Audiences } from "./audiences";
import { Demands } from "./demands";
import { HeaderLocation } from "./header-location";
import { KeyOwner, KeySource, LocalKeys } from "./key-source";
import { RemoteKeys } from "./remote-keys";
import { TokenCache } from "./token-cache";
import { TokenOutput } from "./token-output";
import { VerifiedToken } from "./verified-token";
import { Accepted, Verdict } from "./verdict";

/** One issuer of tokens: where its tokens stand, what they must be, who signs them, and what is told of them. */
export class Provider {
  readonly locations: Location[] = [];
  readonly demands: Demands = new Demands();
  readonly output: TokenOutput = new TokenOutput();
  private source: KeySource | null = null;
  private cache: TokenCache = new TokenCache(1, 0);

  constructor(readonly name: OwnedBytes) {}

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader, name: OwnedBytes): Provider {
    const provider = new Provider(name);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("local_jwks"))) provider.useKeys(reader, LocalKeys.read(reader));
      else if (reader.at(utf8("remote_jwks"))) provider.useKeys(reader, RemoteKeys.read(reader));
      else if (provider.readLocation(reader) || provider.demands.readField(reader) || provider.output.readField(reader)) continue;
      else reader.unknownField();
    }
    const source = provider.source;
    if (source === null) reader.missing(utf8("local_jwks or remote_jwks"));
    else if (!source.isFor(provider.demands.issuer.view)) reader.invalid(utf8("discovery with an issuer"));
    if (provider.locations.length == 0) provider.useDefaultLocations();
    return provider;
  }

  /** The plugin starts. */
  openKeys(owner: KeyOwner): void {
    this.source!.open(owner);
  }

  /** Gets room for tokens that are known. */
  useCache(entries: i32, maxTokenBytes: i32): void {
    this.cache = new TokenCache(entries, maxTokenBytes);
  }

  /** All tokens of a request that stand where this provider's may: each must be good. */
  judge(verdict: Verdict, audiences: Audiences): JwtStatus {
    let status = JwtStatus.Missing;
    for (let i = 0; i < this.locations.length; i++) {
      const tokens = verdict.tokensAt(this.locations[i]);
      for (let k = 0; k < tokens.length; k++) {
        const found = this.judgeToken(verdict, this.locations[i], tokens[k], audiences);
        if (found > JwtStatus.Pending) return found;
        if (status != JwtStatus.Pending) status = found;
      }
    }
    return status;
  }

  /** One token; `audiences` are those that count here. */
  judgeToken(verdict: Verdict, location: Location, text: Bytes, audiences: Audiences): JwtStatus {
    const keys = this.source!.keys(verdict.owner, verdict.nowNanos);
    const known = keys !== null ? this.cache.find(text, keys) : null;
    if (known === null) return this.judgeUnknown(verdict, location, text, audiences, keys);
    verdict.owner.tokens.cacheHit.increment();
    const status = this.demands.checkAgain(known.expiry, known.notBefore, known.audiences, audiences, verdict.nowNanos);
    if (status == JwtStatus.Ok) verdict.accepted.push(new Accepted(known, this, location));
    return status;
  }

  private judgeUnknown(verdict: Verdict, location: Location, text: Bytes, audiences: Audiences, keys: Jwks | null): JwtStatus {
    verdict.owner.tokens.cacheMiss.increment();
    const jwt = Jwt.parse(text);
    if (jwt.status != JwtStatus.Ok) return jwt.status;
    if (!this.demands.allowsAlgorithm(jwt.jws.algorithm)) return JwtStatus.BadAlgorithm;
    let status = this.demands.check(jwt.claims, audiences, verdict.nowNanos);
    if (status == JwtStatus.Ok) status = this.verify(verdict, jwt, keys);
    if (status == JwtStatus.Ok) status = this.checkClaims(verdict, jwt.claims);
    if (status != JwtStatus.Ok) return status;
    const headers = this.output.headersOf(jwt.claims.json, jwt.jws.encodedPayload);
    const token = new VerifiedToken(jwt.claims, principalOf(jwt.claims), headers);
    this.cache.keep(text, token, keys!);
    verdict.accepted.push(new Accepted(token, this, location));
    return status;
  }

  /** Whether one of the keys signed it; without a fitting one, newer keys may be on their way. */
  private verify(verdict: Verdict, jwt: Jwt, keys: Jwks | null): JwtStatus {
    const status = keys !== null ? keys.verify(jwt.jws) : JwtStatus.KeysNotFetched;
    const isFinal = status != JwtStatus.NoFittingKey && status != JwtStatus.KeysNotFetched;
    if (isFinal || !this.source!.awaitsNewer(verdict.owner, verdict.stream.id, verdict.nowNanos)) return status;
    return JwtStatus.Pending;
  }

  private checkClaims(verdict: Verdict, claims: Claims): JwtStatus {
    const lacking = this.demands.lackingIn(claims.json);
    if (lacking === null) return JwtStatus.Ok;
    verdict.missingScope = lacking.scope;
    return JwtStatus.ClaimsNotSufficient;
  }

  private useKeys(reader: ConfigReader, source: KeySource): void {
    if (this.source !== null) reader.invalid(utf8("one of local_jwks, remote_jwks"));
    this.source = source;
  }

  private readLocation(reader: ConfigReader): bool {
    if (reader.at(utf8("from_headers"))) {
      for (reader.enterArray(); reader.nextItem(); ) this.locations.push(HeaderLocation.read(reader));
    } else if (reader.at(utf8("from_params"))) {
      for (reader.enterArray(); reader.nextItem(); ) this.locations.push(new ParameterLocation(reader.readText()));
    } else if (reader.at(utf8("from_cookies"))) {
      for (reader.enterArray(); reader.nextItem(); ) this.locations.push(new CookieLocation(reader.readText()));
    } else return false;
    return true;
  }

  /** RFC 6750 2.1 and 2.3, as Envoy. */
  private useDefaultLocations(): void {
    this.locations.push(new HeaderLocation(utf8("authorization").toOwned(), utf8("Bearer ").toOwned()));
    this.locations.push(new ParameterLocation(utf8("access_token").toOwned()));
  }
}

/** As Istio names who sends a request. */
function principalOf(claims: Claims): OwnedBytes {
  return BytesBuilder.create().add(claims.issuer).addByte(0x2f).add(claims.subject).toBytes().toOwned();
}
