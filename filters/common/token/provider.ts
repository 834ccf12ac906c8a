import { Bytes, BytesBuilder, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Claims } from "../jose/claims";
import { JwtStatus } from "../jose/jwt-status";
import { CookieLocation, Location, ParameterLocation } from "../location";
import { Audiences } from "./audiences";
import { Demands } from "./demands";
import { HeaderLocation } from "./header-location";
import { TokenBinding } from "./token-binding";
import { TokenOutput } from "./token-output";
import { TokenOwner } from "./token-owner";
import { VerifiedToken } from "./verified-token";
import { Accepted, Verdict } from "./verdict";

/** One issuer of tokens: where its tokens stand, what they must be, who signs them, and what is told of them. */
export abstract class Provider {
  readonly locations: Location[] = [];
  readonly demands: Demands = new Demands();
  readonly output: TokenOutput = new TokenOutput();

  constructor(readonly name: OwnedBytes, readonly binding: TokenBinding) {}

  /** Reads the object that the reader stands at. */
  read(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (!this.readSource(reader) && !this.readPart(reader)) reader.unknownField();
    }
    this.completeSource(reader);
    if (this.locations.length == 0) this.useDefaultLocations();
  }

  /** Reads the current field when it says who vouches for tokens; false when it is another one. */
  protected abstract readSource(reader: ConfigReader): bool;

  /** All fields have been read. */
  protected abstract completeSource(reader: ConfigReader): void;

  /** The plugin starts. */
  abstract open(owner: TokenOwner): void;

  /** Gets room for tokens that are known. */
  abstract useCache(entries: i32, maxTokenBytes: i32): void;

  /** All tokens of a request that stand where this provider's may: each must be good. */
  judge(verdict: Verdict, audiences: Audiences): JwtStatus {
    let status = JwtStatus.Missing;
    const algorithms = this.binding.proofAlgorithms;
    if (!algorithms.isAbsent) verdict.proofAlgorithms = algorithms;
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
  abstract judgeToken(verdict: Verdict, location: Location, text: Bytes, audiences: Audiences): JwtStatus;

  /** A good token, unless it is for somebody else. */
  protected accept(verdict: Verdict, location: Location, text: Bytes, token: VerifiedToken): JwtStatus {
    const status = this.binding.check(verdict, text, token.client.view, this.demands.skew);
    if (status == JwtStatus.Ok) verdict.accepted.push(new Accepted(token, this, location));
    return status;
  }

  /** Whether the claims, as JSON, have what is required of them. */
  protected checkClaims(verdict: Verdict, claims: Bytes): JwtStatus {
    const lacking = this.demands.lackingIn(claims);
    if (lacking === null) return JwtStatus.Ok;
    verdict.missingScope = lacking.scope;
    return JwtStatus.ClaimsNotSufficient;
  }

  private readPart(reader: ConfigReader): bool {
    if (this.readLocation(reader) || this.demands.readField(reader)) return true;
    return this.output.readField(reader) || this.binding.readField(reader);
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

  /** RFC 6750 2.1 and 2.3, as Envoy; RFC 9449 7.1 for tokens that are bound to keys, which are found elsewhere to be refused. */
  private useDefaultLocations(): void {
    if (this.binding.needsProof) this.locations.push(new HeaderLocation(utf8("authorization").toOwned(), utf8("DPoP ").toOwned()));
    this.locations.push(new HeaderLocation(utf8("authorization").toOwned(), utf8("Bearer ").toOwned()));
    this.locations.push(new ParameterLocation(utf8("access_token").toOwned()));
  }
}

/** As Istio names who sends a request. */
export function principalOf(claims: Claims): OwnedBytes {
  return BytesBuilder.create().add(claims.issuer).addByte(0x2f).add(claims.subject).toBytes().toOwned();
}
