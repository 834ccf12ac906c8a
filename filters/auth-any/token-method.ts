import { Bytes, HeaderMap, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { AuthMethod, Finding, Judgement } from "../common/auth-method";
import { JwtStatus, jwtStatusText } from "../common/jose/jwt-status";
import { challengeOf, detailsOf, isForbidden } from "../common/token/challenge";
import { KeyOwner } from "../common/token/key-source";
import { Providers } from "../common/token/providers";
import { Verdict } from "../common/token/verdict";

/** JSON Web Tokens: each that stands where some provider's may has to be good for one of the providers. */
export class TokenMethod extends AuthMethod {
  private readonly providers: Providers = new Providers();

  constructor(private readonly owner: KeyOwner) {
    super();
  }

  readField(reader: ConfigReader): bool {
    return this.providers.readField(reader);
  }

  complete(reader: ConfigReader): void {
    this.providers.complete(reader);
  }

  override open(): void {
    this.providers.open(this.owner);
  }

  ownHeadersInto(names: OwnedBytes[]): void {
    const own = this.providers.ownHeaders;
    for (let i = 0; i < own.length; i++) names.push(own[i]);
  }

  credentialHeadersInto(names: OwnedBytes[]): void {
    for (let i = 0; i < this.providers.list.length; i++) {
      const locations = this.providers.list[i].locations;
      for (let k = 0; k < locations.length; k++) locations[k].headerInto(names);
    }
  }

  judge(stream: HttpContext): Judgement {
    const verdict = new Verdict(this.owner, stream, stream.nowNanos());
    verdict.status = this.providers.judge(verdict);
    return new TokenJudgement(verdict);
  }

  challenge(stream: HttpContext, judgement: Judgement | null): Bytes {
    const verdict = judgement !== null ? (judgement as TokenJudgement).verdict : new Verdict(this.owner, stream, 0);
    return challengeOf(verdict, Bytes.absent);
  }

  removeCredentials(headers: HeaderMap): void {
    const tokens: Bytes[] = [];
    for (let i = 0; i < this.providers.list.length; i++) {
      const locations = this.providers.list[i].locations;
      for (let k = 0; k < locations.length; k++) {
        tokens.length = 0;
        locations[k].find(headers, tokens);
        if (tokens.length > 0) locations[k].remove(headers);
      }
    }
  }
}

class TokenJudgement extends Judgement {
  constructor(readonly verdict: Verdict) {
    super(findingOf(verdict.status), verdict.status == JwtStatus.Ok ? Bytes.absent : detailsOf(utf8("jwt_authn_access_denied{"), jwtStatusText(verdict.status)), principalOf(verdict));
  }

  override tell(stream: HttpContext): void {
    this.verdict.carryOut();
  }
}

function findingOf(status: JwtStatus): Finding {
  if (status == JwtStatus.Ok) return Finding.Accepted;
  if (status == JwtStatus.Pending) return Finding.Pending;
  if (status == JwtStatus.Missing) return Finding.Missing;
  return isForbidden(status) ? Finding.Forbidden : Finding.Wrong;
}

/** Of several tokens the first says who it is. */
function principalOf(verdict: Verdict): Bytes {
  const isGood = verdict.status == JwtStatus.Ok && verdict.accepted.length > 0;
  return isGood ? verdict.accepted[0].token.principal.view : Bytes.absent;
}
