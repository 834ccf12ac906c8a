import { Bytes, CalloutHandler, Context, OwnedBytes, utf8 } from "@sluice/sdk";
import { Jwt } from "../common/jose/jwt";
import { JwtStatus } from "../common/jose/jwt-status";
import { IdTokenDemands, claimOf } from "./id-token";
import { Provider } from "./provider";
import { Outcome, RefreshStatus, Refreshes } from "./refreshes";
import { Session } from "./session";
import { TokenAnswer, isRefusal, takeAnswer } from "./token-answer";

const SECOND: u64 = 1000000000;
/** What a VM may take until another one takes over: the call, and what comes behind it. */
const LEASE: u64 = 20 * SECOND;
/** No stream; for documents that would tell one. */
const NOBODY: u32 = 0;

/** The refresh of one session: by this VM, which asks the provider, or by another, whose outcome is waited for. */
export class Flight extends CalloutHandler {
  readonly waiting: u32[] = [];
  private isOwn: bool = false;
  /** Whether other VMs are told. */
  private isShared: bool = false;
  /** What the provider has answered while keys are awaited; absent = nothing yet. */
  private answer: OwnedBytes = OwnedBytes.absent();
  private keysUntil: u64 = 0;

  constructor(
    private readonly refreshes: Refreshes,
    private readonly provider: Provider,
    /** Of the old cookie. */
    readonly digest: OwnedBytes,
    /** The old session, packed, and what its cookie is for. */
    private readonly session: OwnedBytes,
    private readonly purpose: OwnedBytes,
  ) {
    super();
  }

  /** Asks the provider, unless another VM does. */
  begin(now: u64): void {
    const owner = this.refreshes.owner;
    const place = this.refreshes.shared.read(owner, this.digest.view);
    const isLent = place.leaseUntil > now && place.leaseUntil - now <= LEASE;
    const isOurs = place.digest.equals(this.digest.view);
    if (isLent && isOurs) return;
    this.isShared = !isLent;
    if (this.isShared) {
      place.digest = this.digest.view;
      place.leaseUntil = now + LEASE;
      place.at = 0;
      place.value = Bytes.empty;
      if (!place.writeUnchanged(owner)) return;
    }
    this.isOwn = true;
    const session = Session.unpack(this.session.view)!;
    if (!this.provider.refresh(owner, session.refreshToken, this)) this.fail(RefreshStatus.Unavailable);
  }

  /** Whether it has to be looked at again. */
  get looksOut(): bool {
    return !this.isOwn || !this.answer.view.isAbsent;
  }

  /** Time has passed: another VM may be ready, or gone, or keys may have come. */
  look(now: u64): void {
    if (this.isOwn) {
      if (!this.answer.view.isAbsent) this.judge(now);
      return;
    }
    const place = this.refreshes.shared.read(this.refreshes.owner, this.digest.view);
    if (place.at == 0 || !place.digest.equals(this.digest.view)) return this.begin(now);
    this.refreshes.end(this, new Outcome(<RefreshStatus>place.status, place.at, place.value.toOwned()));
  }

  override onResponse(context: Context): void {
    this.answer = takeAnswer(context);
    if (!this.answer.view.isAbsent) return this.judge(context.nowNanos());
    this.fail(isRefusal(context) ? RefreshStatus.Refused : RefreshStatus.Unavailable);
  }

  override onReset(context: Context): void {
    this.fail(RefreshStatus.Unavailable);
  }

  private judge(now: u64): void {
    const answer = TokenAnswer.parse(this.answer.view);
    const old = Session.unpack(this.session.view)!;
    if (answer === null) return this.fail(RefreshStatus.Refused);
    let status = JwtStatus.Ok;
    if (answer.idToken.length > 0) status = this.verify(answer, old, now);
    if (status == JwtStatus.Pending) return this.refreshes.owner.schedule();
    if (status != JwtStatus.Ok) return this.fail(RefreshStatus.Refused);
    const session = Session.of(this.provider, answer, old, now / SECOND);
    const value = this.provider.seal.seal(session.pack(), this.purpose.view);
    if (value.isAbsent || !this.provider.cookies.fits(value)) return this.fail(RefreshStatus.Refused);
    this.refreshes.owner.statistics.refreshed.increment();
    this.finish(RefreshStatus.Good, value);
  }

  /** A newer id token is of the same user. */
  private verify(answer: TokenAnswer, old: Session, now: u64): JwtStatus {
    const provider = this.provider;
    const before = Jwt.parse(old.idToken);
    const token = Jwt.parse(answer.idToken);
    const demands = new IdTokenDemands(provider.issuer.view, provider.credentials.clientId.view);
    demands.subject = before.claims.subject;
    demands.nonce = claimOf(before, utf8("nonce"));
    demands.needsNonce = false;
    demands.accessToken = answer.accessToken;
    if (!demands.fault(token, now / SECOND).isAbsent) return JwtStatus.VerificationFailed;
    const status = provider.endpoints.verify(this.refreshes.owner, NOBODY, token.jws, now);
    if (status != JwtStatus.Pending) return status;
    if (this.keysUntil == 0) this.keysUntil = now + LEASE / 2;
    return now < this.keysUntil ? status : JwtStatus.NoFittingKey;
  }

  private fail(status: RefreshStatus): void {
    const statistics = this.refreshes.owner.statistics;
    (status == RefreshStatus.Refused ? statistics.refreshFailed : statistics.unavailable).increment();
    this.finish(status, Bytes.empty);
  }

  private finish(status: RefreshStatus, value: Bytes): void {
    const owner = this.refreshes.owner;
    const outcome = new Outcome(status, owner.nowNanos(), value.toOwned());
    if (this.isShared) {
      const place = this.refreshes.shared.read(owner, this.digest.view);
      place.digest = this.digest.view;
      place.leaseUntil = 0;
      place.at = outcome.at;
      place.status = status;
      place.value = value;
      place.write(owner);
    }
    this.refreshes.end(this, outcome);
  }
}
