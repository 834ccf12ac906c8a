import { Bytes, BytesBuilder, HeaderMap, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { AuthMethod, Finding, Judgement } from "../auth-method";
import { readSecret } from "../secret";
import { challenge } from "./challenge";
import { Credentials, isBasic, readCredentials } from "./credentials";
import { PasswordForms } from "./password-forms";
import { User } from "./user";
import { UserStore } from "./user-store";
import { VerifiedCache } from "./verified-cache";

const DEFAULT_ENTRIES: u32 = 1000;
const MOST_ENTRIES: u32 = 100000;
const DEFAULT_TTL_NANOS: u64 = 300000000000;

/**
 * Name and password (RFC 7617). Of credentials there must be exactly one; whose they are is found out in the same time for
 * names that nobody has.
 */
export class BasicMethod extends AuthMethod {
  /** Those who may pass. */
  users!: UserStore;
  /** Header that names the user to the upstream; absent = none. */
  userHeader: OwnedBytes = OwnedBytes.absent();
  /** Absent = the URI of the request. */
  private realm: OwnedBytes = OwnedBytes.absent();
  /** Where credentials stand. */
  private header: OwnedBytes = utf8("authorization").toOwned();
  private usersText: OwnedBytes = OwnedBytes.absent();
  private cacheTtlNanos: u64 = DEFAULT_TTL_NANOS;
  private cacheEntries: u32 = DEFAULT_ENTRIES;
  /** Null when no comparison takes long. */
  private cache: VerifiedCache | null = null;

  constructor(
    /** Those of hashes that may be configured. */
    private readonly forms: PasswordForms,
  ) {
    super();
  }

  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("users"))) this.usersText = readSecret(reader);
    else if (reader.at(utf8("realm"))) this.readRealm(reader);
    else if (reader.at(utf8("authentication_header"))) this.header = reader.readHeaderName();
    else if (reader.at(utf8("forward_username_header"))) this.userHeader = reader.readHeaderName();
    else if (reader.at(utf8("hide_credentials"))) this.hidesCredentials = reader.readBool();
    else if (reader.at(utf8("verified_cache"))) this.readCache(reader);
    else return this.forms.readField(reader);
    return true;
  }

  /** Only now it is known how long a hash may take. */
  complete(reader: ConfigReader): void {
    this.users = new UserStore(this.usersText.view, this.forms);
    this.usersText = OwnedBytes.absent();
    const fault = this.users.fault.view;
    if (!fault.isAbsent) reader.invalid(BytesBuilder.create().add(utf8("in users ")).add(fault).toBytes());
    else if (this.users.size == 0) reader.missing(utf8("users"));
    if (this.users.isSlow) this.cache = new VerifiedCache(<i32>this.cacheEntries, this.cacheTtlNanos);
  }

  ownHeadersInto(names: OwnedBytes[]): void {
    if (!this.userHeader.view.isAbsent) names.push(this.userHeader);
  }

  credentialHeadersInto(names: OwnedBytes[]): void {
    names.push(this.header);
  }

  judge(stream: HttpContext): Judgement {
    const headers = stream.requestHeaders;
    const header = this.header.view;
    if (!headers.has(header)) return new Judgement(Finding.Missing, utf8("no_credential_for_basic_auth"));
    const value = headers.get(header);
    if (!isBasic(value)) return new Judgement(Finding.Foreign, utf8("invalid_scheme_for_basic_auth"));
    const credentials = readCredentials(value);
    if (headers.count(header) != 1 || !credentials.isWhole) return new Judgement(Finding.Wrong, badFormat());
    const user = this.userOf(stream, value, credentials);
    if (user === null) return new Judgement(Finding.Wrong, utf8("invalid_credential_for_basic_auth"));
    return new KnownUser(this, user.name.view);
  }

  challenge(stream: HttpContext, judgement: Judgement | null): Bytes {
    return challenge(this.realm.view, stream.requestHeaders);
  }

  removeCredentials(headers: HeaderMap): void {
    const header = this.header.view;
    if (headers.has(header) && isBasic(headers.get(header))) headers.remove(header);
  }

  private userOf(stream: HttpContext, value: Bytes, credentials: Credentials): User | null {
    const cache = this.cache;
    if (cache === null) return this.users.verify(credentials.name, credentials.password);
    const now = stream.nowNanos();
    const known = cache.find(value, now);
    if (known !== null) return known;
    const user = this.users.verify(credentials.name, credentials.password);
    if (user !== null) cache.keep(value, user, now);
    return user;
  }

  private readRealm(reader: ConfigReader): void {
    const realm = reader.readText();
    for (let i = 0; i < realm.length; i++) {
      if (realm.view[i] < 0x20 || realm.view[i] == 0x7f) return reader.invalid(utf8("a text without control characters"));
    }
    this.realm = realm;
  }

  private readCache(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("ttl"))) this.cacheTtlNanos = reader.readDurationNanos();
      else if (reader.at(utf8("max_entries"))) this.cacheEntries = reader.readU32(1, MOST_ENTRIES);
      else reader.unknownField();
    }
  }
}

/** The details of credentials that are none. */
export function badFormat(): Bytes {
  return utf8("invalid_format_for_basic_auth");
}

/** One whose password was right. */
class KnownUser extends Judgement {
  constructor(private readonly method: BasicMethod, name: Bytes) {
    super(Finding.Accepted, Bytes.absent, name);
  }

  override tell(stream: HttpContext): void {
    const header = this.method.userHeader.view;
    if (!header.isAbsent) stream.requestHeaders.add(header, this.principal);
    stream.setProperty(utf8("auth.principal"), this.principal);
  }
}
