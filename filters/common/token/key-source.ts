import { Bytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Jwks } from "../jose/jwks";
import { RemoteDocument } from "../remote-document";
import { TokenOwner } from "./token-owner";
import { TokenStatistics } from "./token-statistics";

/** The plugin whose requests wait for keys. */
export abstract class KeyOwner extends TokenOwner {
  tokens!: TokenStatistics;

  override onFetched(keys: RemoteDocument, isGood: bool): void {
    (isGood ? this.tokens.fetched : this.tokens.fetchFailed).increment();
  }
}

/** Where the keys of a provider come from. */
export abstract class KeySource {
  /** Whether it can have the keys of this issuer; empty = any. */
  isFor(issuer: Bytes): bool {
    return true;
  }

  /** The plugin starts: begins to care for what is fetched. */
  open(owner: KeyOwner): void {}

  /**
   * The keys that may be used now; null = there are none. Asked for each token, so it does not compute. A set that did not
   * change stays the same object: tokens that it verified are known by it.
   */
  abstract keys(owner: KeyOwner, nowNanos: u64): Jwks | null;

  /**
   * There are no keys, or none of them fits a token. True: others have been asked for, and the stream's `onDocumentSettled` will be
   * called, whatever comes of it. Asked again for a request that waited, so it has to come to an end.
   */
  abstract awaitsNewer(owner: KeyOwner, stream: u32, nowNanos: u64): bool;
}

/** `local_jwks`: keys that stand in the configuration. */
export class LocalKeys extends KeySource {
  private set: Jwks | null = null;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): LocalKeys {
    const source = new LocalKeys();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("inline_string"))) source.readSet(reader, reader.readSecret().view);
      else reader.unknownField();
    }
    if (source.set === null) reader.missing(utf8("inline_string"));
    return source;
  }

  keys(owner: KeyOwner, nowNanos: u64): Jwks | null {
    return this.set;
  }

  awaitsNewer(owner: KeyOwner, stream: u32, nowNanos: u64): bool {
    return false;
  }

  private readSet(reader: ConfigReader, json: Bytes): void {
    this.set = Jwks.parse(json);
    if (this.set === null) reader.invalid(utf8("a JSON Web Key Set with a usable key"));
  }
}
