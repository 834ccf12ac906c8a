import { Bytes, LruMap, OwnedBytes, encodeBase64Url, sha256, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Claims, NO_MOMENT } from "../common/jose/claims";
import { JwtStatus } from "../common/jose/jwt-status";
import { memberOf } from "../common/json-member";
import { Location } from "../common/location";
import { Audiences } from "../common/token/audiences";
import { Provider, principalOf } from "../common/token/provider";
import { TokenOwner } from "../common/token/token-owner";
import { Verdict } from "../common/token/verdict";
import { VerifiedToken } from "../common/token/verified-token";
import { Answer } from "./answer";
import { Endpoint } from "./endpoint";
import { Flight, Knowledge } from "./knowledge";
import { IntrospectionOwner } from "./owner";

const SECOND: u64 = 1000000000;
/** Longer tokens are refused unasked. */
const MAX_TOKEN_BYTES: i32 = 8192;
/** Questions on their way, and requests that wait for one of them; further ones are refused. */
const MAX_FLIGHTS: i32 = 1024;
const MAX_WAITING: i32 = 1024;

/** A provider that is asked about its tokens, once for all requests that show one. */
export class OpaqueProvider extends Provider {
  private endpoint: Endpoint | null = null;
  private known: LruMap<Knowledge> = new LruMap<Knowledge>(1);
  /** Of tokens that let nobody in: those that strangers make up take no places from good ones. */
  private refused: LruMap<Knowledge> = new LruMap<Knowledge>(1);
  private readonly nothing: Knowledge = new Knowledge(JwtStatus.Missing, null, 0);
  private readonly flights: Flight[] = [];

  protected override readSource(reader: ConfigReader): bool {
    if (!reader.at(utf8("introspection"))) return false;
    this.endpoint = Endpoint.read(reader);
    return true;
  }

  protected override completeSource(reader: ConfigReader): void {
    if (this.endpoint === null) reader.missing(utf8("introspection"));
  }

  override open(owner: TokenOwner): void {
    this.binding.open(owner);
  }

  override useCache(entries: i32, maxTokenBytes: i32): void {
    this.known = new LruMap<Knowledge>(max(1, entries));
    this.refused = new LruMap<Knowledge>(max(1, entries));
  }

  override judgeToken(verdict: Verdict, location: Location, text: Bytes, audiences: Audiences): JwtStatus {
    if (text.length > MAX_TOKEN_BYTES) return JwtStatus.TooLarge;
    const owner = verdict.owner as IntrospectionOwner;
    const digest = sha256(text);
    const known = this.knowledgeOf(digest, verdict.nowNanos);
    if (verdict.nowNanos >= known.until) return this.ask(owner, verdict, digest, text);
    owner.cacheHit.increment();
    const token = known.token;
    if (token === null) return known.status;
    const status = this.demands.checkAgain(token.expiry, token.notBefore, token.audiences, audiences, verdict.nowNanos);
    if (status != JwtStatus.Ok) return status;
    const lacking = this.checkClaims(verdict, token.claims.view);
    return lacking == JwtStatus.Ok ? this.accept(verdict, location, text, token) : lacking;
  }

  /** The question has an answer, or none that can be understood, then `json` is absent. */
  onAnswer(owner: IntrospectionOwner, flight: Flight, json: Bytes): void {
    const now = owner.nowNanos();
    const knowledge = json.isAbsent ? this.ignorance(now) : this.learn(json, now);
    const isGood = knowledge.status != JwtStatus.NotIntrospected;
    (isGood ? owner.succeeded : owner.failed).increment();
    (knowledge.token !== null ? this.known : this.refused).set(flight.digest.view, knowledge);
    this.flights.splice(this.flights.indexOf(flight), 1);
    owner.settle(flight.waiting);
  }

  private knowledgeOf(digest: Bytes, now: u64): Knowledge {
    const good = this.known.get(digest, this.nothing);
    return now < good.until ? good : this.refused.get(digest, this.nothing);
  }

  private ask(owner: IntrospectionOwner, verdict: Verdict, digest: Bytes, text: Bytes): JwtStatus {
    if (verdict.isExhausted) return JwtStatus.TooMany;
    verdict.efforts++;
    owner.cacheMiss.increment();
    let flight = this.flightOf(digest);
    if (flight === null) {
      flight = new Flight(digest.toOwned());
      const isSent = this.flights.length < MAX_FLIGHTS && this.endpoint!.ask(owner, text, new Answer(this, flight));
      if (!isSent) {
        owner.failed.increment();
        return JwtStatus.NotIntrospected;
      }
      this.flights.push(flight);
    }
    if (flight.waiting.length >= MAX_WAITING) return JwtStatus.NotIntrospected;
    flight.waiting.push(verdict.stream.id);
    return JwtStatus.Pending;
  }

  private flightOf(digest: Bytes): Flight | null {
    for (let i = 0; i < this.flights.length; i++) if (this.flights[i].digest.view.equals(digest)) return this.flights[i];
    return null;
  }

  /** Of an answer (RFC 7662 2.2). */
  private learn(json: Bytes, now: u64): Knowledge {
    const claims = Claims.read(json);
    if (claims.status != JwtStatus.Ok) return this.ignorance(now);
    const active = memberOf(json, utf8("active"));
    if (active.equals(utf8("false"))) return new Knowledge(JwtStatus.Inactive, null, now + this.endpoint!.negativeTtl);
    if (!active.equals(utf8("true"))) return this.ignorance(now);
    const until = now + this.endpoint!.ttl;
    const status = this.demands.checkOrigin(claims);
    if (status != JwtStatus.Ok) return new Knowledge(status, null, until);
    const headers = this.output.headersOf(json, encodeBase64Url(json));
    const token = new VerifiedToken(claims, principalOf(claims), headers, this.binding.clientIn(json));
    return new Knowledge(JwtStatus.Ok, token, claims.expiry == NO_MOMENT ? until : boundedBy(claims.expiry, now, until));
  }

  /** After a question without an answer the next one comes a second later. */
  private ignorance(now: u64): Knowledge {
    return new Knowledge(JwtStatus.NotIntrospected, null, now + SECOND);
  }
}

/** Nothing is known of a token beyond its end, but what was asked counts for a second. */
function boundedBy(expiry: u64, now: u64, until: u64): u64 {
  if (expiry >= until / SECOND) return until;
  return max(expiry * SECOND, now + SECOND);
}
