import { Bytes, BytesBuilder, NO_TIME, OwnedBytes, parseUtcSeconds, sha256, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { slotOf } from "../digest-slot";
import { readSecret } from "../secret";

/** Bytes of a SHA-256 digest. */
const DIGEST_BYTES: i32 = 32;

/** A client and the digest of one of its keys; the key itself is not kept. */
export class Credential {
  client: OwnedBytes = OwnedBytes.absent();
  digest: OwnedBytes = OwnedBytes.absent();
  /** Seconds since 1970 from which on the key is no longer good; the largest number = never. */
  notAfter: i64 = i64.MAX_VALUE;
  /** The beginning of the digest of the client's name. */
  clientSlot: u64 = 0;
  /** Names of properties, `auth.labels.<label>`, and their values. */
  readonly labelNames: OwnedBytes[] = [];
  readonly labelValues: OwnedBytes[] = [];

  static read(reader: ConfigReader): Credential {
    const credential = new Credential();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("client"))) credential.client = reader.readText();
      else if (reader.at(utf8("key"))) credential.setDigest(reader, sha256(readSecret(reader).view).toOwned());
      else if (reader.at(utf8("key_sha256"))) credential.setDigest(reader, reader.readHex(DIGEST_BYTES));
      else if (reader.at(utf8("not_after"))) credential.readNotAfter(reader);
      else if (reader.at(utf8("labels"))) credential.readLabels(reader);
      else reader.unknownField();
    }
    if (credential.client.length == 0) reader.missing(utf8("client"));
    credential.clientSlot = slotOf(sha256(credential.client.view));
    if (credential.digest.view.isAbsent) reader.missing(utf8("key or key_sha256"));
    return credential;
  }

  private setDigest(reader: ConfigReader, digest: OwnedBytes): void {
    if (!this.digest.view.isAbsent) reader.invalid(utf8("only one of key, key_sha256"));
    this.digest = digest;
  }

  private readNotAfter(reader: ConfigReader): void {
    this.notAfter = parseUtcSeconds(reader.readText().view);
    if (this.notAfter == NO_TIME) reader.invalid(utf8('a time in UTC such as "2027-01-01T00:00:00Z"'));
  }

  private readLabels(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      const name: Bytes = BytesBuilder.create().add(utf8("auth.labels.")).add(reader.field).toBytes();
      this.labelNames.push(name.toOwned());
      this.labelValues.push(reader.readText());
    }
  }
}
