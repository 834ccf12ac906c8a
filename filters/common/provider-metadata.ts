import { Bytes, JsonReader, JsonToken, OwnedBytes, utf8 } from "@sluice/sdk";
import { HttpUri } from "./http-uri";
import { RemoteDocument } from "./remote-document";

/** What an issuer of tokens says of itself (OpenID Connect Discovery 4, RFC 8414 3): its members that are URLs. */
export class ProviderMetadata extends RemoteDocument {
  private readonly names: OwnedBytes[] = [];
  /** The first so many of `names` must be there. */
  private needed: i32 = 0;
  private urls: OwnedBytes[] = [];

  /** `issuer`: whose words count; what another one says is no answer. */
  constructor(uri: HttpUri, private readonly issuer: OwnedBytes) {
    super();
    this.uri = uri;
  }

  /** Fetches it as often as a document that depends on it, and tries again as soon. */
  follow(cacheDuration: u64, retryAfter: u64, isFetchedAhead: bool): void {
    this.cacheDuration = cacheDuration;
    this.retryAfter = retryAfter;
    this.isFetchedAhead = isFetchedAhead;
  }

  /** Names a member that an answer must have. */
  needs(name: Bytes): void {
    this.names.push(name.toOwned());
    this.needed = this.names.length;
  }

  /** Names a member that an answer may have; after all that it must have. */
  knows(name: Bytes): void {
    this.names.push(name.toOwned());
  }

  /** The value of a member that was named; absent before there is an answer that has it. */
  url(name: Bytes): Bytes {
    for (let i = 0; i < this.urls.length; i++) if (this.names[i].view.equals(name)) return this.urls[i].view;
    return Bytes.absent;
  }

  /** The same as something that can be fetched over the cluster of the metadata; null when there is none. */
  uriOf(name: Bytes): HttpUri | null {
    return this.uri.at(this.url(name));
  }

  protected override take(body: Bytes): bool {
    const issuer = memberOf(body, utf8("issuer"));
    if (issuer.isAbsent || !issuer.equals(this.issuer.view)) return false;
    const urls: OwnedBytes[] = [];
    for (let i = 0; i < this.names.length; i++) {
      const url = memberOf(body, this.names[i].view);
      if (this.uri.at(url) === null && (i < this.needed || !url.isAbsent)) return false;
      urls.push(url.toOwned());
    }
    this.urls = urls;
    return true;
  }
}

/** The text that an object has by this name; absent when there is none, or no object. */
function memberOf(json: Bytes, name: Bytes): Bytes {
  const reader = new JsonReader(json);
  let found = Bytes.absent;
  if (reader.next() != JsonToken.BeginObject) return found;
  while (reader.next() == JsonToken.Name) {
    const isIt = reader.text.equals(name);
    if (!isIt && !reader.skipValue()) return Bytes.absent;
    if (isIt && reader.next() != JsonToken.String) return Bytes.absent;
    if (isIt) found = reader.text;
  }
  return reader.token == JsonToken.EndObject && reader.next() == JsonToken.End ? found : Bytes.absent;
}
