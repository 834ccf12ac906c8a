import { Bytes, equalsConstantTime, sha256, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { slotOf } from "../digest-slot";
import { Credential } from "./credential";

/** Keys by the beginning of their digests. */
export class KeyStore {
  private readonly credentials: Credential[] = [];
  private readonly places: Map<u64, i32> = new Map<u64, i32>();

  get size(): i32 {
    return this.credentials.length;
  }

  /** Reads an array of credentials. */
  read(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const credential = Credential.read(reader);
      const slot = slotOf(credential.digest.view);
      if (this.places.has(slot)) reader.invalid(utf8("a key of its own for each client"));
      this.places.set(slot, this.credentials.push(credential) - 1);
    }
  }

  /** The credential of a presented key, or null. Time does not depend on how much of a key is right. */
  find(key: Bytes): Credential | null {
    const digest = sha256(key);
    const slot = slotOf(digest);
    if (!this.places.has(slot)) return null;
    const credential = this.credentials[this.places.get(slot)];
    return equalsConstantTime(digest, credential.digest.view) ? credential : null;
  }
}
