import { Bytes } from "@sluice/sdk";

/** The first eight bytes of a digest as a key of a table: nobody can choose keys that meet. */
export function slotOf(digest: Bytes): u64 {
  let slot: u64 = 0;
  for (let i = 0; i < 8; i++) slot = (slot << 8) | digest[i];
  return slot;
}
