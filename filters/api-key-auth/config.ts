import { Bytes, HeaderMap, OwnedBytes, equalsConstantTime, sha256, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { slotOf } from "../common/digest-slot";
import { Matcher } from "../common/matcher";

/** Bytes of a SHA-256 digest. */
const DIGEST_BYTES: i32 = 32;

/** Where a key may stand in a request. */
export class KeySource {
  /** Header name, absent for a query parameter. */
  header: OwnedBytes = OwnedBytes.absent();
  /** Query parameter name, absent for a header. */
  query: OwnedBytes = OwnedBytes.absent();

  static read(reader: ConfigReader): KeySource {
    const source = new KeySource();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("header"))) source.header = reader.readHeaderName();
      else if (reader.at(utf8("query"))) source.query = reader.readText();
      else reader.unknownField();
    }
    if (source.header.view.isAbsent == source.query.view.isAbsent) {
      reader.invalid(utf8("exactly one of header, query"));
    }
    return source;
  }
}

/** A client and the digest of its key; the key itself is not kept. */
export class Credential {
  client: OwnedBytes = OwnedBytes.absent();
  digest: OwnedBytes = OwnedBytes.absent();

  static read(reader: ConfigReader): Credential {
    const credential = new Credential();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("client"))) credential.client = reader.readText();
      else if (reader.at(utf8("key"))) credential.setDigest(reader, digestOf(reader.readSecret()));
      else if (reader.at(utf8("key_sha256"))) credential.setDigest(reader, reader.readHex(DIGEST_BYTES));
      else reader.unknownField();
    }
    if (credential.client.length == 0) reader.missing(utf8("client"));
    if (credential.digest.view.isAbsent) reader.missing(utf8("key or key_sha256"));
    return credential;
  }

  private setDigest(reader: ConfigReader, digest: OwnedBytes): void {
    if (!this.digest.view.isAbsent) reader.invalid(utf8("only one of key, key_sha256"));
    this.digest = digest;
  }
}

function digestOf(key: OwnedBytes): OwnedBytes {
  return sha256(key.view).toOwned();
}

/** Which clients may send the requests that match. */
export class Rule {
  match: Matcher = new Matcher();
  /** Empty = every known client. */
  allowedClients: OwnedBytes[] = [];

  static read(reader: ConfigReader): Rule {
    const rule = new Rule();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match = Matcher.read(reader);
      else if (reader.at(utf8("allowed_clients"))) rule.allowedClients = readTexts(reader);
      else reader.unknownField();
    }
    return rule;
  }

  allows(client: Bytes): bool {
    if (this.allowedClients.length == 0) return true;
    for (let i = 0; i < this.allowedClients.length; i++) {
      if (this.allowedClients[i].view.equals(client)) return true;
    }
    return false;
  }
}

function readTexts(reader: ConfigReader): OwnedBytes[] {
  const texts: OwnedBytes[] = [];
  for (reader.enterArray(); reader.nextItem(); ) texts.push(reader.readText());
  return texts;
}

/** The plugin's configuration; immutable once read. */
export class Config {
  sources: KeySource[] = [];
  rules: Rule[] = [];
  /** Header that names the client to the upstream; absent = none. */
  clientHeader: OwnedBytes = OwnedBytes.absent();
  hideCredentials: bool = false;
  private credentials: Map<u64, Credential> = new Map<u64, Credential>();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("key_sources"))) config.readSources(reader);
      else if (reader.at(utf8("credentials"))) config.readCredentials(reader);
      else if (reader.at(utf8("forwarding"))) config.readForwarding(reader);
      else if (reader.at(utf8("rules"))) config.readRules(reader);
      else reader.unknownField();
    }
    if (config.sources.length == 0) reader.missing(utf8("key_sources"));
    if (config.credentials.size == 0) reader.missing(utf8("credentials"));
    return config;
  }

  /** The credential of a presented key, or null. Time does not depend on how much of a key is right. */
  find(key: Bytes): Credential | null {
    const digest = sha256(key);
    const slot = slotOf(digest);
    if (!this.credentials.has(slot)) return null;
    const credential = this.credentials.get(slot);
    return equalsConstantTime(digest, credential.digest.view) ? credential : null;
  }

  /** The first rule that matches, or null. */
  ruleFor(headers: HeaderMap): Rule | null {
    for (let i = 0; i < this.rules.length; i++) {
      if (this.rules[i].match.matches(headers)) return this.rules[i];
    }
    return null;
  }

  private readSources(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.sources.push(KeySource.read(reader));
  }

  private readCredentials(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const credential = Credential.read(reader);
      const slot = slotOf(credential.digest.view);
      if (this.credentials.has(slot)) reader.invalid(utf8("a key of its own for each client"));
      this.credentials.set(slot, credential);
    }
  }

  private readForwarding(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("header"))) this.clientHeader = reader.readHeaderName();
      else if (reader.at(utf8("hide_credentials"))) this.hideCredentials = reader.readBool();
      else reader.unknownField();
    }
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader));
  }
}
