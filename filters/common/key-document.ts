import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DocumentRoot } from "./document-root";
import { HttpUri } from "./http-uri";
import { Jwks } from "./jose/jwks";
import { ProviderMetadata } from "./provider-metadata";
import { RemoteDocument } from "./remote-document";

const SECOND: u64 = 1000000000;
const DEFAULT_CACHE: u64 = 600 * SECOND;
const DEFAULT_RETRY: u64 = SECOND;

/** Keys that are fetched: from where the configuration says, or from where their issuer says. */
export class KeyDocument extends RemoteDocument {
  /** Those of the last good answer; the same object as long as the answers are equal. */
  keys: Jwks | null = null;
  private text: OwnedBytes = OwnedBytes.absent();
  /** What their issuer says; null when the configuration says it. */
  private metadata: ProviderMetadata | null = null;

  constructor() {
    super();
    this.cacheDuration = DEFAULT_CACHE;
    this.retryAfter = DEFAULT_RETRY;
    this.staleFor = 0;
    this.isAwaitedWhenOld = true;
  }

  /** Reads the current field when it is one of these; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("http_uri"))) this.uri = HttpUri.read(reader);
    else if (reader.at(utf8("cache_duration"))) this.cacheDuration = reader.readDurationNanos();
    else if (reader.at(utf8("stale_if_error"))) this.staleFor = reader.readDurationNanos();
    else if (reader.at(utf8("async_fetch"))) this.readAhead(reader);
    else return false;
    return true;
  }

  /** Whether it was read where it is. */
  get isPlaced(): bool {
    return this.uri.isWhole;
  }

  /** The configured URI is that of an issuer's metadata, which say where the keys are; whoever needs more of them says so there. */
  discover(issuer: OwnedBytes): ProviderMetadata {
    const metadata = new ProviderMetadata(this.uri, issuer);
    metadata.follow(this.cacheDuration, this.retryAfter, this.isFetchedAhead);
    metadata.needs(utf8("jwks_uri"));
    this.metadata = metadata;
    return metadata;
  }

  override open(root: DocumentRoot, kind: Bytes): void {
    super.open(root, kind);
    const metadata = this.metadata;
    if (metadata !== null) root.addDocument(metadata, utf8("metadata"));
  }

  override refresh(root: DocumentRoot, now: u64): void {
    const metadata = this.metadata;
    if (metadata !== null) {
      metadata.refresh(root, now);
      if (!metadata.isLoaded) return;
      this.uri = this.uri.at(metadata.url(utf8("jwks_uri")))!;
    }
    super.refresh(root, now);
  }

  override holds(stream: u32, now: u64): bool {
    const metadata = this.metadata;
    return (metadata !== null && metadata.holds(stream, now)) || super.holds(stream, now);
  }

  override tickAfter(now: u64): u32 {
    const metadata = this.metadata;
    return metadata === null || metadata.isLoaded ? super.tickAfter(now) : 0;
  }

  protected override take(body: Bytes): bool {
    if (this.keys !== null && this.text.view.equals(body)) return true;
    const keys = Jwks.parse(body);
    if (keys === null) return false;
    this.keys = keys;
    this.text = body.toOwned();
    return true;
  }

  private readAhead(reader: ConfigReader): void {
    this.isFetchedAhead = true;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("failed_refetch_duration"))) this.retryAfter = reader.readDurationNanos();
      else reader.unknownField();
    }
  }
}
