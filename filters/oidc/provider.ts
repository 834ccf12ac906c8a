import { Bytes, BytesBuilder, CalloutHandler, Context, HeaderList, HeaderMap, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../common/decision-path";
import { HostMatch } from "../common/host-match";
import { Matcher } from "../common/matcher";
import { TextMatch } from "../common/text-match";
import { ClaimHeader } from "../common/token/claim-header";
import { CookieSeal } from "./cookie-seal";
import { Cookies } from "./cookies";
import { Credentials, addParameter } from "./credentials";
import { Endpoints } from "./endpoints";
import { Login } from "./login";
import { UriTemplate, isUrl } from "./uri-template";

const SECOND: u64 = 1000000000;
const DEFAULT_LOGIN_SECONDS: u64 = 600;
const DEFAULT_REFRESH_SECONDS: u64 = 604800;

/** One OpenID provider, and how its users' sessions are kept. Names of fields are those of Envoy's `OAuth2Config`. */
export class Provider {
  readonly endpoints: Endpoints = new Endpoints();
  readonly credentials: Credentials = new Credentials();
  readonly claimHeaders: ClaimHeader[] = [];
  issuer: OwnedBytes = OwnedBytes.absent();
  /** Paths of the filter itself; that of the logout may be absent. */
  callbackPath: OwnedBytes = OwnedBytes.absent();
  signoutPath: OwnedBytes = OwnedBytes.absent();
  /** Where the provider sends a browser after a logout; null = to the beginning of the host. */
  postLogout: UriTemplate | null = null;
  redirectUri: UriTemplate = new UriTemplate();
  needsIssuerParameter: bool = false;
  forwardsToken: bool = false;
  preservesAuthorization: bool = false;
  usesRefreshToken: bool = true;
  /** Seconds. */
  loginSeconds: u64 = DEFAULT_LOGIN_SECONDS;
  refreshSeconds: u64 = DEFAULT_REFRESH_SECONDS;
  /** Of access tokens whose provider says nothing; 0 = those of the id token. */
  defaultSeconds: u64 = 0;
  cookies: Cookies = new Cookies(OwnedBytes.absent());
  seal!: CookieSeal;
  private cookieName: OwnedBytes = utf8("__Host-oidc").toOwned();
  private scope: OwnedBytes = utf8("openid").toOwned();
  private readonly resources: OwnedBytes[] = [];
  private readonly hosts: HostMatch[] = [];
  private readonly paths: DecisionPath = new DecisionPath();
  private readonly passThrough: Matcher<TextMatch>[] = [];
  private readonly denyRedirect: Matcher<TextMatch>[] = [];

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): Provider {
    const provider = new Provider();
    for (reader.enterObject(); reader.nextField(); ) {
      if (!provider.endpoints.readField(reader) && !provider.readField(reader) && !provider.readTimes(reader)) reader.unknownField();
    }
    provider.finish(reader);
    return provider;
  }

  isFor(headers: HeaderMap): bool {
    if (this.hosts.length == 0) return true;
    const authority = headers.get(utf8(":authority"));
    for (let i = 0; i < this.hosts.length; i++) if (this.hosts[i].matches(authority)) return true;
    return false;
  }

  /** Whether a request needs no session. */
  passes(stream: HttpContext): bool {
    return matchesAny(this.passThrough, stream);
  }

  /** Whether a request is told 401 rather than where to log in. */
  deniesRedirect(stream: HttpContext): bool {
    return matchesAny(this.denyRedirect, stream);
  }

  /** Where a browser is sent to log in (OpenID Connect Core 3.1.2.1). */
  loginUrl(login: Login): Bytes {
    const query = BytesBuilder.create();
    addParameter(query, utf8("client_id"), this.credentials.clientId.view);
    addParameter(query, utf8("redirect_uri"), login.redirectUri);
    addParameter(query, utf8("response_type"), utf8("code"));
    addParameter(query, utf8("scope"), this.scope.view);
    addParameter(query, utf8("state"), login.state);
    addParameter(query, utf8("nonce"), login.nonce);
    addParameter(query, utf8("code_challenge"), login.challenge);
    addParameter(query, utf8("code_challenge_method"), utf8("S256"));
    for (let i = 0; i < this.resources.length; i++) addParameter(query, utf8("resource"), this.resources[i].view);
    return withQuery(this.endpoints.authorizationEndpoint, query.toBytes());
  }

  /** Where a browser is sent to log out at the provider (RP-Initiated Logout 2). */
  logoutUrl(idToken: Bytes, returnTo: Bytes): Bytes {
    const query = BytesBuilder.create();
    if (idToken.length > 0) addParameter(query, utf8("id_token_hint"), idToken);
    addParameter(query, utf8("client_id"), this.credentials.clientId.view);
    addParameter(query, utf8("post_logout_redirect_uri"), returnTo);
    return withQuery(this.endpoints.endSessionEndpoint, query.toBytes());
  }

  /** Asks for the tokens of a code; false when that cannot be: no outcome follows. */
  exchange(context: Context, code: Bytes, login: Login, handler: CalloutHandler): bool {
    const form = BytesBuilder.create();
    addParameter(form, utf8("grant_type"), utf8("authorization_code"));
    addParameter(form, utf8("code"), code);
    addParameter(form, utf8("redirect_uri"), login.redirectUri);
    addParameter(form, utf8("code_verifier"), login.verifier);
    return this.post(context, form, handler);
  }

  /** Asks for newer tokens; false when that cannot be: no outcome follows. */
  refresh(context: Context, refreshToken: Bytes, handler: CalloutHandler): bool {
    const form = BytesBuilder.create();
    addParameter(form, utf8("grant_type"), utf8("refresh_token"));
    addParameter(form, utf8("refresh_token"), refreshToken);
    return this.post(context, form, handler);
  }

  private post(context: Context, form: BytesBuilder, handler: CalloutHandler): bool {
    const uri = this.endpoints.tokenEndpoint;
    const headers = HeaderList.create().add(utf8("accept"), utf8("application/json"));
    this.credentials.identify(headers, form);
    return uri !== null && uri.postForm(context, headers, form.toBytes(), handler);
  }

  private readField(reader: ConfigReader): bool {
    if (reader.at(utf8("hosts"))) this.readHosts(reader);
    else if (reader.at(utf8("issuer"))) this.issuer = reader.readText();
    else if (reader.at(utf8("credentials"))) this.credentials.read(reader);
    else if (reader.at(utf8("auth_type"))) this.credentials.readType(reader);
    else if (reader.at(utf8("auth_scopes"))) this.readScopes(reader);
    else if (reader.at(utf8("resources"))) this.readResources(reader);
    else if (reader.at(utf8("redirect_uri"))) this.redirectUri = UriTemplate.read(reader);
    else if (reader.at(utf8("redirect_path_matcher"))) this.callbackPath = readPath(reader);
    else if (reader.at(utf8("signout_path"))) this.signoutPath = readPath(reader);
    else if (reader.at(utf8("post_logout_redirect_uri"))) this.postLogout = UriTemplate.read(reader);
    else if (reader.at(utf8("require_iss_parameter"))) this.needsIssuerParameter = reader.readBool();
    else if (reader.at(utf8("cookie_name"))) this.readCookieName(reader);
    else return this.readUpstream(reader);
    return true;
  }

  /** What passes, and what the upstream gets. */
  private readUpstream(reader: ConfigReader): bool {
    if (reader.at(utf8("pass_through_matcher"))) this.readMatches(reader, this.passThrough);
    else if (reader.at(utf8("deny_redirect_matcher"))) this.readMatches(reader, this.denyRedirect);
    else if (reader.at(utf8("forward_bearer_token"))) this.forwardsToken = reader.readBool();
    else if (reader.at(utf8("preserve_authorization_header"))) this.preservesAuthorization = reader.readBool();
    else if (reader.at(utf8("claim_to_headers"))) this.readClaims(reader);
    else return false;
    return true;
  }

  private readTimes(reader: ConfigReader): bool {
    if (reader.at(utf8("use_refresh_token"))) this.usesRefreshToken = reader.readBool();
    else if (reader.at(utf8("default_expires_in"))) this.defaultSeconds = readSeconds(reader);
    else if (reader.at(utf8("default_refresh_token_expires_in"))) this.refreshSeconds = readSeconds(reader);
    else if (reader.at(utf8("csrf_token_expires_in"))) this.loginSeconds = readSeconds(reader);
    else return false;
    return true;
  }

  private finish(reader: ConfigReader): void {
    if (this.issuer.length == 0) reader.missing(utf8("issuer"));
    if (this.credentials.clientId.length == 0) reader.missing(utf8("credentials"));
    if (this.redirectUri.isEmpty) return reader.missing(utf8("redirect_uri"));
    if (this.callbackPath.length == 0) this.callbackPath = this.redirectUri.path.toOwned();
    if (this.callbackPath.length == 0) reader.missing(utf8("redirect_path_matcher"));
    if (this.forwardsToken && this.preservesAuthorization) {
      reader.invalid(utf8("one of forward_bearer_token, preserve_authorization_header"));
    }
    this.endpoints.finish(reader, this.issuer);
    this.cookies = new Cookies(this.cookieName);
    this.seal = new CookieSeal(this.credentials.cookieSecret.view, this.use);
  }

  /** What keys of its cookies are for: those of another provider or client open nothing here. */
  private get use(): Bytes {
    const use = BytesBuilder.create().add(utf8("sluice oidc ")).add(this.issuer.view).addByte(0x20);
    return use.add(this.credentials.clientId.view).toBytes();
  }

  private readMatches(reader: ConfigReader, matches: Matcher<TextMatch>[]): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const match = new Matcher<TextMatch>(this.paths);
      match.read(reader);
      matches.push(match);
    }
  }

  private readHosts(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.hosts.push(HostMatch.read(reader));
  }

  private readClaims(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.claimHeaders.push(ClaimHeader.read(reader));
  }

  private readResources(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const url = reader.readText();
      if (!isUrl(url.view)) reader.invalid(utf8('a URL such as "https://api.test"'));
      this.resources.push(url);
    }
  }

  /** Without `openid` a provider gives no id token. */
  private readScopes(reader: ConfigReader): void {
    const scope = BytesBuilder.create();
    let isOpenId = false;
    for (reader.enterArray(); reader.nextItem(); ) {
      const name = reader.readText().view;
      isOpenId = isOpenId || name.equals(utf8("openid"));
      (scope.length > 0 ? scope.addByte(0x20) : scope).add(name);
    }
    if (!isOpenId) reader.invalid(utf8("scopes with openid"));
    this.scope = scope.toBytes().toOwned();
  }

  private readCookieName(reader: ConfigReader): void {
    this.cookieName = reader.readText();
    const name = this.cookieName.view;
    if (name.length == 0) reader.invalid(utf8("a name of letters, digits, - and _"));
    for (let i = 0; i < name.length; i++) if (!isNameByte(name[i])) reader.invalid(utf8("a name of letters, digits, - and _"));
  }
}

/** Reads `{"path": {"exact": "/callback"}}`. */
function readPath(reader: ConfigReader): OwnedBytes {
  let path = OwnedBytes.absent();
  for (reader.enterObject(); reader.nextField(); ) {
    if (!reader.at(utf8("path"))) reader.unknownField();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("exact"))) path = reader.readText();
      else reader.unknownField();
    }
  }
  if (path.view[0] != 0x2f) reader.invalid(utf8('{"path": {"exact": "/callback"}}'));
  return path;
}

function readSeconds(reader: ConfigReader): u64 {
  return max(<u64>1, reader.readDurationNanos() / SECOND);
}

function matchesAny(matches: Matcher<TextMatch>[], stream: HttpContext): bool {
  for (let i = 0; i < matches.length; i++) if (matches[i].matches(stream)) return true;
  return false;
}

function withQuery(url: Bytes, query: Bytes): Bytes {
  const separator: u8 = url.indexOfByte(0x3f) < 0 ? 0x3f : 0x26;
  return BytesBuilder.create().add(url).addByte(separator).add(query).toBytes();
}

function isNameByte(byte: u8): bool {
  return byte == 0x2d || byte == 0x5f || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
