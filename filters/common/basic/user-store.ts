import { Bytes, BytesBuilder, OwnedBytes, SHA256, utf8 } from "@sluice/sdk";
import { slotOf } from "../digest-slot";
import { PasswordHash } from "./password-hash";

const NEWLINE: u8 = 0x0a;
const COLON: u8 = 0x3a;
const HASH_SIGN: u8 = 0x23;

/** One who may pass. */
export class User {
  constructor(readonly name: OwnedBytes, readonly password: PasswordHash) {}
}

/** The users of an htpasswd text: lines of `name:hash`; empty lines and those that begin with `#` are left out. */
export class UserStore {
  private readonly users: User[] = [];
  private readonly places: Map<u64, i32> = new Map<u64, i32>();
  /** What is wrong with the first line that is; absent = nothing. It shows neither names nor hashes. */
  fault: OwnedBytes = OwnedBytes.absent();

  /** A text whose hashes take more than `maxIterations` rounds is refused. */
  static parse(text: Bytes, maxIterations: u32): UserStore {
    const store = new UserStore();
    for (let at = 0, number = 1; at < text.length; number++) {
      const end = text.indexOfByte(NEWLINE, at);
      const line = text.slice(at, end < 0 ? text.length : end).trim();
      at = end < 0 ? text.length : end + 1;
      const wanted = line.length == 0 || line[0] == HASH_SIGN ? Bytes.absent : store.add(line, maxIterations);
      if (!wanted.isAbsent && store.fault.view.isAbsent) store.fault = faultOf(number, wanted);
    }
    return store;
  }

  get size(): i32 {
    return this.users.length;
  }

  /** Whether comparing a password may take long. */
  get isSlow(): bool {
    for (let i = 0; i < this.users.length; i++) if (this.users[i].password.iterations > 1) return true;
    return false;
  }

  has(name: Bytes): bool {
    return this.find(name, slotOfName(name)) !== null;
  }

  /**
   * The user, if the password is theirs; else null. The hash of one user is computed whoever asks: for a name that is
   * nobody's it is that of some user, always the same one, so that time does not tell names.
   */
  verify(name: Bytes, password: Bytes): User | null {
    const slot = slotOfName(name);
    const user = this.find(name, slot);
    const asked = user !== null ? user : this.users[<i32>(slot % <u64>this.users.length)];
    const isRight = asked.password.verify(password);
    return isRight && user !== null ? user : null;
  }

  /** Gives what is wanted instead; absent when the line was taken. */
  private add(line: Bytes, maxIterations: u32): Bytes {
    const colon = line.indexOfByte(COLON);
    if (colon < 1) return utf8("a line name:hash");
    const name = line.slice(0, colon);
    if (this.has(name)) return utf8("one line for each name");
    const password = PasswordHash.parse(line.slice(colon + 1));
    if (password === null) return utf8("a hash {SHA}, {SSHA} or $pbkdf2-sha256$");
    if (password.iterations > maxIterations) return utf8("a hash of at most max_iterations rounds");
    this.places.set(slotOfName(name), this.users.length);
    this.users.push(new User(name.toOwned(), password));
    return Bytes.absent;
  }

  private find(name: Bytes, slot: u64): User | null {
    if (!this.places.has(slot)) return null;
    const user = this.users[this.places.get(slot)];
    return user.name.view.equals(name) ? user : null;
  }
}

function faultOf(line: i32, wanted: Bytes): OwnedBytes {
  return BytesBuilder.create().add(wanted).add(utf8(" in line ")).addI64(line).toBytes().toOwned();
}

function slotOfName(name: Bytes): u64 {
  return slotOf(SHA256.digest(name));
}
