import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DocumentRoot } from "../common/document-root";
import { HttpUri } from "../common/http-uri";
import { Jwks } from "../common/jose/jwks";
import { Jws } from "../common/jose/jws";
import { JwtStatus } from "../common/jose/jwt-status";
import { KeyDocument } from "../common/key-document";
import { ProviderMetadata } from "../common/provider-metadata";
import { isUrl } from "./uri-template";

/** Keys are fetched for an unknown name no more often. */
const REFETCH_INTERVAL: u64 = 30000000000;

/** Whether something can be done now. */
export enum Readiness {
  Ready,
  /** The stream is told by `onDocumentSettled`. */
  Pending,
  /** The provider does not answer. */
  Unavailable,
}

/** Where a provider is, and its keys: as configured, or as it says itself (OpenID Connect Discovery 4). */
export class Endpoints {
  private token: HttpUri = new HttpUri();
  private authorization: OwnedBytes = OwnedBytes.absent();
  private endSession: OwnedBytes = OwnedBytes.absent();
  private localKeys: Jwks | null = null;
  /** Null = the keys stand in the configuration. */
  private document: KeyDocument | null = null;
  private isDiscovered: bool = false;
  private metadata: ProviderMetadata | null = null;

  /** Reads the current field when it is one of these; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("token_endpoint"))) this.token = HttpUri.read(reader);
    else if (reader.at(utf8("authorization_endpoint"))) this.authorization = readUrl(reader);
    else if (reader.at(utf8("end_session_endpoint"))) this.endSession = readUrl(reader);
    else if (reader.at(utf8("local_jwks"))) this.readLocalKeys(reader);
    else if (reader.at(utf8("remote_jwks"))) this.readDocument(reader);
    else if (reader.at(utf8("discovery"))) {
      this.isDiscovered = true;
      this.readDocument(reader);
    } else return false;
    return true;
  }

  /** The whole provider was read. */
  finish(reader: ConfigReader, issuer: OwnedBytes): void {
    const document = this.document;
    if ((document === null) == (this.localKeys === null)) reader.invalid(utf8("exactly one of discovery, remote_jwks, local_jwks"));
    if (!this.isDiscovered) {
      if (!this.token.isWhole) reader.missing(utf8("token_endpoint"));
      if (this.authorization.length == 0) reader.missing(utf8("authorization_endpoint"));
    } else if (document !== null) this.metadata = metadataOf(document, issuer);
  }

  /** The plugin starts. */
  open(root: DocumentRoot): void {
    const document = this.document;
    if (document !== null) root.addDocument(document, utf8("jwks"));
  }

  /** Whether it is known where to send a browser. */
  prepareLogin(root: DocumentRoot, stream: u32, now: u64): Readiness {
    return this.authorizationEndpoint.length > 0 ? Readiness.Ready : this.prepare(root, stream, now);
  }

  /** Whether tokens can be asked for and verified. */
  prepare(root: DocumentRoot, stream: u32, now: u64): Readiness {
    const document = this.document;
    if (document === null) return Readiness.Ready;
    document.refresh(root, now);
    if (document.counts(now)) return Readiness.Ready;
    return document.holds(stream, now) ? Readiness.Pending : Readiness.Unavailable;
  }

  /** Whether one of the keys made the signature; without a fitting one others may have been asked for: `Pending` for a stream. */
  verify(root: DocumentRoot, stream: u32, jws: Jws, now: u64): JwtStatus {
    const document = this.document;
    const keys = document === null ? this.localKeys : document.keys;
    const status = keys === null ? JwtStatus.NoFittingKey : keys.verify(jws);
    if (status != JwtStatus.NoFittingKey || document === null) return status;
    return document.refetch(root, stream, now, REFETCH_INTERVAL) ? JwtStatus.Pending : status;
  }

  /** Empty before it is known. */
  get authorizationEndpoint(): Bytes {
    return this.url(this.authorization, utf8("authorization_endpoint"));
  }

  /** Empty = there is none, or it is not known yet. */
  get endSessionEndpoint(): Bytes {
    return this.url(this.endSession, utf8("end_session_endpoint"));
  }

  /** Null before it is known. */
  get tokenEndpoint(): HttpUri | null {
    const metadata = this.metadata;
    return this.token.isWhole || metadata === null ? this.token : metadata.uriOf(utf8("token_endpoint"));
  }

  private url(configured: OwnedBytes, name: Bytes): Bytes {
    const metadata = this.metadata;
    return configured.length > 0 || metadata === null ? configured.view : metadata.url(name);
  }

  private readLocalKeys(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("inline_string"))) this.parseKeys(reader);
      else reader.unknownField();
    }
    if (this.localKeys === null) reader.missing(utf8("inline_string"));
  }

  private parseKeys(reader: ConfigReader): void {
    this.localKeys = Jwks.parse(reader.readSecret().view);
    if (this.localKeys === null) reader.invalid(utf8("a JSON Web Key Set with a usable key"));
  }

  private readDocument(reader: ConfigReader): void {
    if (this.document !== null) reader.invalid(utf8("one of discovery, remote_jwks"));
    const document = new KeyDocument();
    for (reader.enterObject(); reader.nextField(); ) if (!document.readField(reader)) reader.unknownField();
    if (!document.isPlaced) reader.missing(utf8("http_uri"));
    this.document = document;
  }
}

/** What a provider that logs in must say of itself. */
function metadataOf(document: KeyDocument, issuer: OwnedBytes): ProviderMetadata {
  const metadata = document.discover(issuer);
  metadata.needs(utf8("authorization_endpoint"));
  metadata.needs(utf8("token_endpoint"));
  metadata.knows(utf8("end_session_endpoint"));
  return metadata;
}

function readUrl(reader: ConfigReader): OwnedBytes {
  const url = reader.readText();
  if (!isUrl(url.view)) reader.invalid(utf8('a URL such as "https://idp.test/authorize"'));
  return url;
}
