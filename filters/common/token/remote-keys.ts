import { Bytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Jwks } from "../jose/jwks";
import { KeyDocument } from "../key-document";
import { KeyOwner, KeySource } from "./key-source";

const SECOND: u64 = 1000000000;
const DEFAULT_INTERVAL: u64 = 30 * SECOND;

/** `remote_jwks`: keys that are fetched, and again when a token names one that is not among them. */
export class RemoteKeys extends KeySource {
  private readonly document: KeyDocument = new KeyDocument();
  private refetchInterval: u64 = DEFAULT_INTERVAL;
  private discovers: bool = false;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): RemoteKeys {
    const source = new RemoteKeys();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("refetch_on_unknown_kid"))) source.readRefetch(reader);
      else if (reader.at(utf8("discovery"))) source.discovers = reader.readBool();
      else if (!source.document.readField(reader)) reader.unknownField();
    }
    if (!source.document.isPlaced) reader.missing(utf8("http_uri"));
    return source;
  }

  override isFor(issuer: Bytes): bool {
    if (this.discovers) this.document.discover(issuer.toOwned());
    return !this.discovers || issuer.length > 0;
  }

  override open(owner: KeyOwner): void {
    owner.addDocument(this.document, utf8("jwks"));
  }

  keys(owner: KeyOwner, nowNanos: u64): Jwks | null {
    this.document.refresh(owner, nowNanos);
    if (!this.document.counts(nowNanos)) return null;
    if (!this.document.isFresh(nowNanos)) owner.tokens.staleServed.increment();
    return this.document.keys;
  }

  awaitsNewer(owner: KeyOwner, stream: u32, nowNanos: u64): bool {
    if (this.document.holds(stream, nowNanos)) return true;
    return this.document.counts(nowNanos) && this.document.refetch(owner, stream, nowNanos, this.refetchInterval);
  }

  private readRefetch(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("min_interval"))) this.refetchInterval = reader.readDurationNanos();
      else reader.unknownField();
    }
  }
}
