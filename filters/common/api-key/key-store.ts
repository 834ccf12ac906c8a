import { Bytes, equalsConstantTime, sha256, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { slotOf } from "../digest-slot";
import { SlotTable } from "../slot-table";
import { Credential } from "./credential";

/** Keys by the beginning of their digests. */
export class KeyStore {
  private readonly credentials: Credential[] = [];
  private readonly places: SlotTable = new SlotTable();

  get size(): i32 {
    return this.credentials.length;
  }

  /** Reads an array of credentials. */
  read(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const credential = Credential.read(reader);
      const slot = slotOf(credential.digest.view);
      if (this.places.find(slot) >= 0) return reader.invalid(utf8("a key of its own for each client"));
      this.places.add(slot);
      this.credentials.push(credential);
    }
  }

  /** The credential of a presented key, or null. Time does not depend on how much of a key is right. */
  find(key: Bytes): Credential | null {
    const digest = sha256(key);
    const number = this.places.find(slotOf(digest));
    if (number < 0) return null;
    const credential = this.credentials[number];
    return equalsConstantTime(digest, credential.digest.view) ? credential : null;
  }
}
