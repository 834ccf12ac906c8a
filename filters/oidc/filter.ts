import { Action, Bytes, BytesBuilder, CalloutHandler, Context, HeaderList, HttpContext, OwnedBytes, equalsConstantTime, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DocumentStream } from "../common/document-root";
import { Jwt } from "../common/jose/jwt";
import { JwtStatus } from "../common/jose/jwt-status";
import { stripHeader } from "../common/strip-header";
import { Callback } from "./callback";
import { Config } from "./config";
import { purposeOf } from "./cookie-seal";
import { Readiness } from "./endpoints";
import { IdTokenDemands } from "./id-token";
import { Login } from "./login";
import { Owner } from "./owner";
import { Provider } from "./provider";
import { RefreshStatus, Refreshes } from "./refreshes";
import { mayBeRedirected } from "./request-kind";
import { Session } from "./session";
import { Statistics } from "./statistics";
import { TokenAnswer, isRefusal, takeAnswer } from "./token-answer";
import { tellNobody, tellSession } from "./upstream-request";
import { originOf } from "./uri-template";

const SECOND: u64 = 1000000000;
const QUESTION: u8 = 0x3f;

/*
 * A request with a good session goes on; one without is sent to log in, or told 401. The provider sends the browser back to the
 * callback, whose code is turned into tokens; they become a session, sealed in cookies. What is awaited (metadata, keys, tokens, a
 * refresh) holds the request; once it has come, or failed to, the request is judged anew. Callback and logout are the filter's own,
 * whatever share of requests it judges: who has begun a login can end it, and no code reaches an upstream.
 */

/** One configured plugin. */
export class OidcRoot extends Owner {
  config: Config = new Config();
  refreshes!: Refreshes;
  readonly tokens: TokenHandler = new TokenHandler();

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.statistics = new Statistics(this);
    this.refreshes = new Refreshes(this);
    const providers = this.config.providers;
    for (let i = 0; i < providers.length; i++) providers[i].endpoints.open(this);
  }

  override onTick(): void {
    this.refreshes.onTick(this.nowNanos());
    super.onTick();
  }

  protected override ownTick(): u32 {
    return this.refreshes.tick;
  }

  override createHttpContext(id: u32): HttpContext {
    return new Oidc(id, this);
  }
}

class Oidc extends DocumentStream {
  /** Set before anything is awaited. */
  private provider!: Provider;
  /** The login whose tokens are awaited, packed. */
  private login: OwnedBytes = OwnedBytes.absent();
  /** What the token endpoint has answered; absent before that. */
  private answer: OwnedBytes = OwnedBytes.absent();
  /** Lines of `set-cookie` for the upstream's answer. */
  private cookieLines: OwnedBytes[] = [];
  /** Whether it was drawn that the request is refused; so it stays while something is awaited. */
  private isRefused: bool = false;

  constructor(id: u32, private readonly root: OidcRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    const headers = this.requestHeaders;
    for (let i = 0; i < config.ownHeaders.length; i++) stripHeader(headers, config.ownHeaders[i].view);
    const provider = config.providerFor(headers);
    if (provider === null) return this.refuseStranger();
    if (provider.passes(this)) {
      provider.cookies.hide(headers);
      this.root.statistics.passthrough.increment();
      return Action.Continue;
    }
    this.provider = provider;
    if (!this.isOwn && !config.enforcement.drawEnabled()) return this.passOn();
    return this.judge();
  }

  override onDocumentSettled(): void {
    if (!this.isWaiting) return;
    this.isWaiting = false;
    const action = this.answer.view.isAbsent ? this.judge() : this.finishLogin();
    if (action == Action.Continue) this.continueRequest();
  }

  override onResponseHeaders(endOfStream: bool): Action {
    const lines = this.cookieLines;
    // A cache that keeps the answer would give the session to others.
    if (lines.length > 0) this.responseHeaders.set(utf8("cache-control"), utf8("no-store"));
    for (let i = 0; i < lines.length; i++) this.responseHeaders.add(utf8("set-cookie"), lines[i].view);
    return Action.Continue;
  }

  /** Tokens have come, or have not. */
  onTokens(isAnswered: bool): void {
    this.isWaiting = false;
    if (isAnswered) this.answer = takeAnswer(this);
    if (!this.answer.view.isAbsent) this.finishLogin();
    else if (isAnswered && isRefusal(this)) this.refuse(utf8("oidc_code_refused"));
    else this.refuseUnavailable();
  }

  private judge(): Action {
    const path = this.path;
    if (path.equals(this.provider.callbackPath.view)) return this.beginTokens(Callback.read(this.requestHeaders.get(utf8(":path"))));
    if (path.equals(this.provider.signoutPath.view)) return this.signOut();
    const cookie = this.provider.cookies.session(this.requestHeaders);
    const session = this.sessionOf(cookie);
    if (session === null) return this.challenge();
    const now = this.nowNanos();
    if (session.isGood(now / SECOND)) return this.letIn(session);
    return session.mayRefresh(now / SECOND) ? this.refresh(cookie, session) : this.challenge();
  }

  /** Without the query. */
  private get path(): Bytes {
    const target = this.requestHeaders.get(utf8(":path"));
    const question = target.indexOfByte(QUESTION);
    return question < 0 ? target : target.slice(0, question);
  }

  /** Whether the request is for the filter itself. */
  private get isOwn(): bool {
    const path = this.path;
    return path.equals(this.provider.callbackPath.view) || path.equals(this.provider.signoutPath.view);
  }

  /** A host that no provider is for has no paths of the filter. */
  private refuseStranger(): Action {
    if (!this.root.config.enforcement.drawEnabled() || this.passesInShadow()) return Action.Continue;
    return this.refuse(utf8("oidc_unknown_host"));
  }

  /** Counts and tells a refusal; whether it is not carried out. */
  private passesInShadow(): bool {
    if (this.isRefused) return false;
    this.isRefused = this.root.config.enforcement.drawEnforced(this, utf8("oidc.shadow_result"));
    if (!this.isRefused) this.root.statistics.shadowDenied.increment();
    return !this.isRefused;
  }

  private passOn(): Action {
    tellNobody(this, this.provider);
    return Action.Continue;
  }

  /** The session that a cookie holds; null when it holds none of this host. */
  private sessionOf(cookie: Bytes): Session | null {
    const text = this.provider.seal.open(cookie, this.purpose);
    return text.isAbsent ? null : Session.unpack(text);
  }

  private get purpose(): Bytes {
    return purposeOf(utf8("session"), this.requestHeaders.get(utf8(":authority")));
  }

  private letIn(session: Session): Action {
    tellSession(this, this.provider, session);
    this.root.statistics.allowed.increment();
    return Action.Continue;
  }

  private refresh(cookie: Bytes, session: Session): Action {
    const now = this.nowNanos();
    const readiness = this.provider.endpoints.prepare(this.root, this.id, now);
    if (readiness == Readiness.Pending) return this.hold();
    if (readiness == Readiness.Unavailable) return this.refuseSession();
    const outcome = this.root.refreshes.outcomeOf(this.provider, cookie, session.pack(), this.purpose, this.id, now);
    if (outcome.status == RefreshStatus.Pending) return this.hold();
    if (outcome.status == RefreshStatus.Unavailable) return this.refuseSession();
    const newer = outcome.status == RefreshStatus.Good ? this.sessionOf(outcome.value.view) : null;
    if (newer === null || !newer.isGood(now / SECOND)) return this.challenge();
    this.provider.cookies.setSession(this.cookieLines, this.requestHeaders, outcome.value.view, newer.end - now / SECOND);
    return this.letIn(newer);
  }

  /** Sends a browser to log in, anything else away. */
  private challenge(): Action {
    const provider = this.provider;
    const headers = this.requestHeaders;
    if (this.passesInShadow()) return this.passOn();
    if (!mayBeRedirected(this) || provider.deniesRedirect(this)) return this.refuse(utf8("oidc_not_logged_in"));
    const now = this.nowNanos();
    const readiness = provider.endpoints.prepareLogin(this.root, this.id, now);
    if (readiness != Readiness.Ready) return this.awaitReady(readiness);
    const redirectUri = provider.redirectUri.fill(headers);
    if (redirectUri.isAbsent) return this.refuseWith(400, utf8("oidc_no_redirect_uri"));
    const expiry = now / SECOND + provider.loginSeconds;
    const login = Login.begin(headers.get(utf8(":authority")), headers.get(utf8(":path")), redirectUri, expiry);
    return login === null ? this.refuseWith(500, utf8("oidc_no_randomness")) : this.beginLogin(login);
  }

  private beginLogin(login: Login): Action {
    const provider = this.provider;
    const value = provider.seal.seal(login.pack(), purposeOf(utf8("login"), Bytes.empty));
    if (value.isAbsent) return this.refuseWith(500, utf8("oidc_no_randomness"));
    const lines: OwnedBytes[] = [];
    provider.cookies.setLogin(lines, this.requestHeaders, login.state, value, provider.loginSeconds);
    this.root.statistics.unauthorized.increment();
    return this.redirect(provider.loginUrl(login), utf8("oidc_login"), lines);
  }

  /** The provider has sent a browser back. Nothing is asked for that was not begun here, by this browser. */
  private beginTokens(callback: Callback): Action {
    const provider = this.provider;
    if (callback.isAmbiguous) return this.refuse(utf8("oidc_ambiguous_callback"));
    if (callback.state.length == 0) return this.refuse(utf8("oidc_missing_state"));
    const value = provider.cookies.login(this.requestHeaders, callback.state);
    if (value.isAbsent) return this.refuse(utf8("oidc_unknown_login"));
    const login = Login.unpack(provider.seal.open(value, purposeOf(utf8("login"), Bytes.empty)));
    if (login === null) return this.refuse(utf8("oidc_forged_login"));
    const fault = this.faultOf(callback, login);
    if (!fault.isAbsent) return this.refuse(fault);
    if (!login.host.equalsIgnoreCase(this.requestHeaders.get(utf8(":authority")))) {
      return this.refuseWith(400, utf8("oidc_other_host"));
    }
    const readiness = provider.endpoints.prepare(this.root, this.id, this.nowNanos());
    if (readiness != Readiness.Ready) return this.awaitReady(readiness);
    this.login = login.pack().toOwned();
    return provider.exchange(this, callback.code, login, this.root.tokens) ? this.hold() : this.refuseUnavailable();
  }

  /** What is wrong with what the provider says; absent when nothing is. */
  private faultOf(callback: Callback, login: Login): Bytes {
    const issuer = callback.issuer;
    if (!equalsConstantTime(login.state, callback.state)) return utf8("oidc_wrong_state");
    if (this.nowNanos() / SECOND >= login.expiry) return utf8("oidc_login_expired");
    if (issuer.isAbsent ? this.provider.needsIssuerParameter : !issuer.equals(this.provider.issuer.view)) {
      return utf8("oidc_wrong_issuer");
    }
    if (!callback.error.isAbsent) return utf8("oidc_login_refused");
    return callback.code.length == 0 ? utf8("oidc_missing_code") : Bytes.absent;
  }

  /** Tokens are here: verifies them, and makes a session of them. */
  private finishLogin(): Action {
    const provider = this.provider;
    const now = this.nowNanos();
    const login = Login.unpack(this.login.view)!;
    const answer = TokenAnswer.parse(this.answer.view);
    if (answer === null) return this.refuse(utf8("oidc_malformed_tokens"));
    const token = Jwt.parse(answer.idToken);
    const demands = new IdTokenDemands(provider.issuer.view, provider.credentials.clientId.view);
    demands.nonce = login.nonce;
    demands.accessToken = answer.accessToken;
    const fault = demands.fault(token, now / SECOND);
    if (!fault.isAbsent) return this.refuse(fault);
    const status = provider.endpoints.verify(this.root, this.id, token.jws, now);
    if (status == JwtStatus.Pending) return this.hold();
    if (status != JwtStatus.Ok) return this.refuse(utf8("oidc_id_token_not_verified"));
    return this.logIn(Session.of(provider, answer, null, now / SECOND), login, now / SECOND);
  }

  private logIn(session: Session, login: Login, now: u64): Action {
    const cookies = this.provider.cookies;
    const lines: OwnedBytes[] = [];
    const value = this.provider.seal.seal(session.pack(), this.purpose);
    if (value.isAbsent) return this.refuseWith(500, utf8("oidc_no_randomness"));
    if (session.end <= now) return this.refuse(utf8("oidc_id_token_expired"));
    if (!cookies.setSession(lines, this.requestHeaders, value, session.end - now)) {
      return this.refuseWith(500, utf8("oidc_session_too_large"));
    }
    cookies.removeLogin(lines, login.state);
    this.root.statistics.success.increment();
    // With the origin in front no path leads elsewhere, however it begins.
    const location = BytesBuilder.create().add(originOf(login.redirectUri)).add(login.path).toBytes();
    return this.redirect(location, utf8("oidc_logged_in"), lines);
  }

  private signOut(): Action {
    const provider = this.provider;
    const headers = this.requestHeaders;
    const readiness = provider.endpoints.prepareLogin(this.root, this.id, this.nowNanos());
    if (readiness == Readiness.Pending) return this.hold();
    const session = this.sessionOf(provider.cookies.session(headers));
    const start = BytesBuilder.create().add(originOf(provider.redirectUri.fill(headers))).addByte(0x2f).toBytes();
    const template = provider.postLogout;
    const returnTo = template === null ? start : template.fill(headers);
    const isAtProvider = provider.endpoints.endSessionEndpoint.length > 0;
    const idToken = session === null ? Bytes.empty : session.idToken;
    const lines: OwnedBytes[] = [];
    provider.cookies.removeAll(lines, headers);
    return this.redirect(isAtProvider ? provider.logoutUrl(idToken, returnTo) : returnTo, utf8("oidc_logged_out"), lines);
  }

  private redirect(location: Bytes, details: Bytes, lines: OwnedBytes[]): Action {
    const headers = HeaderList.create().add(utf8("location"), location).add(utf8("cache-control"), utf8("no-store"));
    for (let i = 0; i < lines.length; i++) headers.add(utf8("set-cookie"), lines[i].view);
    if (!headers.isValid) return this.refuseWith(400, utf8("oidc_bad_location"));
    this.sendLocalResponse(302, details, Bytes.empty, headers);
    return Action.Pause;
  }

  private awaitReady(readiness: Readiness): Action {
    return readiness == Readiness.Pending ? this.hold() : this.refuseUnavailable();
  }

  private hold(): Action {
    this.isWaiting = true;
    return Action.Pause;
  }

  /** A session whose provider does not renew it, nor refuse to. */
  private refuseSession(): Action {
    return this.passesInShadow() ? this.passOn() : this.refuseUnavailable();
  }

  private refuse(details: Bytes): Action {
    this.root.statistics.failure.increment();
    return this.root.config.reply.send(this, details);
  }

  private refuseUnavailable(): Action {
    this.root.statistics.unavailable.increment();
    return this.refuseWith(503, utf8("oidc_provider_unavailable"));
  }

  private refuseWith(status: u32, details: Bytes): Action {
    this.root.statistics.failure.increment();
    this.sendLocalResponse(status, details, utf8("OAuth flow failed."));
    return Action.Pause;
  }
}

/** The two ways in which a call to the token endpoint can end. */
class TokenHandler extends CalloutHandler {
  onResponse(context: Context): void {
    (context as Oidc).onTokens(true);
  }

  onReset(context: Context): void {
    (context as Oidc).onTokens(false);
  }
}
