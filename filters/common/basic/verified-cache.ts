import { Bytes, HmacKey, LruMap, SHA256, randomBytes } from "@sluice/sdk";
import { User } from "./user";

const KEY_BYTES: i32 = 32;

/** Credentials that were right a while ago, by their code under a key of this cache; passwords themselves are not kept. */
export class VerifiedCache {
  private readonly key: HmacKey;
  private readonly entries: LruMap<User | null>;

  /** In `onConfigure`. `capacity` is at least 1. */
  constructor(capacity: i32, private readonly ttlNanos: u64) {
    this.key = new HmacKey(SHA256, randomBytes(KEY_BYTES));
    this.entries = new LruMap<User | null>(capacity);
  }

  /** Whose credentials these are; null = not known, or no longer. */
  find(credentials: Bytes, nowNanos: u64): User | null {
    const user = this.entries.get(this.key.sign(credentials), null);
    return user !== null && nowNanos < user.expiresNanos ? user : null;
  }

  keep(credentials: Bytes, user: User, nowNanos: u64): void {
    this.entries.set(this.key.sign(credentials), new User(user.name, user.password, nowNanos + this.ttlNanos));
  }
}
