import { Bytes, BytesBuilder, HmacKey, LruMap, Random, SHA256 } from "@sluice/sdk";
import { User } from "./user-store";

/** Credentials whose comparison took long are known again by their code under this key. */
const KEY_WORDS: i32 = 4;

class Verified {
  constructor(readonly user: User | null, readonly expiresNanos: u64) {}
}

/** Credentials that were right a while ago; passwords themselves are not kept. */
export class VerifiedCache {
  private readonly key: HmacKey;
  private readonly entries: LruMap<Verified>;
  private readonly nothing: Verified = new Verified(null, 0);

  /** In `onConfigure`. `capacity` is at least 1. */
  constructor(capacity: i32, private readonly ttlNanos: u64) {
    const random = Random.seeded();
    const bytes = BytesBuilder.create();
    for (let i = 0; i < KEY_WORDS; i++) bytes.addU64(random.u64());
    this.key = new HmacKey(SHA256, bytes.toBytes());
    this.entries = new LruMap<Verified>(capacity);
  }

  /** Whose credentials these are; null = not known, or no longer. */
  find(credentials: Bytes, nowNanos: u64): User | null {
    const entry = this.entries.get(this.key.sign(credentials), this.nothing);
    return nowNanos < entry.expiresNanos ? entry.user : null;
  }

  keep(credentials: Bytes, user: User, nowNanos: u64): void {
    this.entries.set(this.key.sign(credentials), new Verified(user, nowNanos + this.ttlNanos));
  }
}
