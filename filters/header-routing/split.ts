import { Bytes, BytesBuilder, HeaderMap, OwnedBytes, utf8, xxh64 } from "@sluice/sdk";
import { ConfigReader, isHeaderName } from "@sluice/sdk/config";
import { cookieValue } from "../common/cookie-reader";

const MAX_TOTAL: u32 = 1000000;

/** One arm of a split. */
export class Variant {
  name: OwnedBytes = OwnedBytes.absent();
  cluster: OwnedBytes = OwnedBytes.absent();
  weight: u32 = 0;

  static read(reader: ConfigReader): Variant {
    const variant = new Variant();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) variant.name = reader.readText();
      else if (reader.at(utf8("cluster"))) variant.cluster = reader.readText();
      else if (reader.at(utf8("weight"))) variant.weight = reader.readU32(0, MAX_TOTAL);
      else reader.unknownField();
    }
    if (variant.name.length == 0) reader.missing(utf8("name"));
    if (variant.cluster.length == 0) reader.missing(utf8("cluster"));
    return variant;
  }
}

/** Where the text that stands for a user is found. */
class KeySource {
  constructor(private readonly isCookie: bool, private readonly name: OwnedBytes) {}

  /** Reads `"header:x-user"` or `"cookie:uid"`. */
  static read(reader: ConfigReader): KeySource {
    const text = reader.readText().view;
    const isCookie = text.startsWith(utf8("cookie:"));
    const name = text.slice(utf8("cookie:").length);
    // Names of cookies are of the same characters (RFC 6265 4.1.1).
    if (!isHeaderName(name) || (!isCookie && !text.startsWith(utf8("header:")))) reader.invalid(utf8("header:<name> or cookie:<name>"));
    return new KeySource(isCookie, isCookie ? name.toOwned() : name.toLowerCase().toOwned());
  }

  find(headers: HeaderMap): Bytes {
    return this.isCookie ? cookieValue(headers, this.name.view) : headers.get(this.name.view);
  }
}

/**
 * Sends each user to one of several variants, always the same one: the bucket of a user is
 * xxh64(salt + ":" + key) mod total, the variant is the first whose cumulative weight exceeds it.
 */
export class Split {
  private readonly keys: KeySource[] = [];
  private salt: OwnedBytes = OwnedBytes.absent();
  private total: u32 = 0;
  private readonly variants: Variant[] = [];

  static read(reader: ConfigReader): Split {
    const split = new Split();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("key"))) split.readKeys(reader);
      else if (reader.at(utf8("salt"))) split.salt = reader.readText();
      else if (reader.at(utf8("total"))) split.total = reader.readU32(1, MAX_TOTAL);
      else if (reader.at(utf8("variants"))) split.readVariants(reader);
      else reader.unknownField();
    }
    split.check(reader);
    return split;
  }

  /** The variant for a request; one without a key gets the variant of the draw. */
  choose(headers: HeaderMap, draw: u32): Variant {
    const key = this.findKey(headers);
    const bucket = key.isAbsent ? draw % this.total : this.bucketOf(key);
    let sum: u32 = 0;
    for (let i = 0; i < this.variants.length; i++) {
      sum += this.variants[i].weight;
      if (sum > bucket) return this.variants[i];
    }
    return this.variants[this.variants.length - 1];
  }

  private bucketOf(key: Bytes): u32 {
    const text = BytesBuilder.create().add(this.salt.view).addByte(0x3a).add(key).toBytes();
    return <u32>(xxh64(text) % this.total);
  }

  private findKey(headers: HeaderMap): Bytes {
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i].find(headers);
      if (key.length > 0) return key;
    }
    return Bytes.absent;
  }

  private readKeys(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.keys.push(KeySource.read(reader));
  }

  private readVariants(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.variants.push(Variant.read(reader));
  }

  private check(reader: ConfigReader): void {
    let sum: u32 = 0;
    for (let i = 0; i < this.variants.length; i++) sum += this.variants[i].weight;
    if (this.total == 0) this.total = sum;
    if (sum == 0 || sum != this.total) reader.invalid(utf8("variants whose weights sum up to total"));
  }
}
