import { Bytes, HeaderMap, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { AuthMethod, Finding, Judgement } from "../auth-method";
import { Location } from "../location";
import { Credential } from "./credential";
import { readKeySource } from "./key-source";
import { KeyStore } from "./key-store";

const NANOS_PER_SECOND: u64 = 1000000000;

/** API keys: a request needs one key in the first source that has any. Its SHA-256 selects the client. */
export class ApiKeyMethod extends AuthMethod {
  /** Header that names the client to the upstream; absent = none. */
  clientHeader: OwnedBytes = OwnedBytes.absent();
  private readonly sources: Location[] = [];
  private readonly keys: KeyStore = new KeyStore();
  /** Keys of the request that is looked at. */
  private readonly found: Bytes[] = [];

  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("key_sources"))) this.readSources(reader);
    else if (reader.at(utf8("credentials"))) this.keys.read(reader);
    else if (reader.at(utf8("forwarding"))) this.readForwarding(reader);
    else return false;
    return true;
  }

  complete(reader: ConfigReader): void {
    if (this.sources.length == 0) reader.missing(utf8("key_sources"));
    if (this.keys.size == 0) reader.missing(utf8("credentials"));
    for (let i = 0; i < this.sources.length; i++) {
      const isTaken = !this.clientHeader.view.isAbsent && this.sources[i].isHeader(this.clientHeader.view);
      if (isTaken) reader.invalid(utf8("for forwarding another header than those of keys"));
    }
  }

  ownHeadersInto(names: OwnedBytes[]): void {
    if (!this.clientHeader.view.isAbsent) names.push(this.clientHeader);
  }

  credentialHeadersInto(names: OwnedBytes[]): void {
    for (let i = 0; i < this.sources.length; i++) this.sources[i].headerInto(names);
  }

  judge(stream: HttpContext): ApiKeyJudgement {
    const found = this.found;
    found.length = 0;
    for (let i = 0; i < this.sources.length && found.length == 0; i++) this.sources[i].find(stream.requestHeaders, found);
    if (found.length == 0) return new ApiKeyJudgement(Finding.Missing, utf8("missing_api_key"));
    if (found.length > 1) return new ApiKeyJudgement(Finding.Wrong, utf8("duplicate_api_key"));
    const credential = this.keys.find(found[0]);
    if (credential === null) return new ApiKeyJudgement(Finding.Wrong, utf8("unknown_api_key"));
    const isExpired = credential.notAfter != i64.MAX_VALUE && <i64>(stream.nowNanos() / NANOS_PER_SECOND) >= credential.notAfter;
    if (isExpired) return new ApiKeyJudgement(Finding.Wrong, expiredKey());
    return new ApiKeyJudgement(Finding.Accepted, Bytes.absent, credential, this.clientHeader);
  }

  challenge(stream: HttpContext, judgement: Judgement | null): Bytes {
    return Bytes.absent;
  }

  /** Keys may stand in other places than the one that counts. */
  removeCredentials(headers: HeaderMap): void {
    const found = this.found;
    for (let i = 0; i < this.sources.length; i++) {
      found.length = 0;
      this.sources[i].find(headers, found);
      if (found.length > 0) this.sources[i].remove(headers);
    }
  }

  private readSources(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.sources.push(readKeySource(reader));
  }

  private readForwarding(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("header"))) this.clientHeader = reader.readHeaderName();
      else if (reader.at(utf8("hide_credentials"))) this.hidesCredentials = reader.readBool();
      else reader.unknownField();
    }
  }
}

/** The details of a key that is no longer good. */
export function expiredKey(): Bytes {
  return utf8("expired_api_key");
}

/** What is said of a key. */
export class ApiKeyJudgement extends Judgement {
  constructor(
    finding: Finding,
    details: Bytes,
    /** Whose it is; null when it is not accepted. */
    readonly credential: Credential | null = null,
    private readonly clientHeader: OwnedBytes = OwnedBytes.absent(),
  ) {
    super(finding, details, credential === null ? Bytes.absent : credential.client.view);
  }

  override tell(stream: HttpContext): void {
    const credential = this.credential!;
    const header = this.clientHeader.view;
    if (!header.isAbsent) stream.requestHeaders.add(header, this.principal);
    stream.setProperty(utf8("auth.principal"), this.principal);
    for (let i = 0; i < credential.labelNames.length; i++) {
      stream.setProperty(credential.labelNames[i].view, credential.labelValues[i].view);
    }
  }
}
