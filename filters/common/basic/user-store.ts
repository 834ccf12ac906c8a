import { Bytes, BytesBuilder, LruMap, OwnedBytes, SHA256, utf8 } from "@sluice/sdk";
import { slotOf } from "../digest-slot";
import { PasswordForms } from "./password-forms";
import { User } from "./user";

const NEWLINE: u8 = 0x0a;
const COLON: u8 = 0x3a;
const HASH_SIGN: u8 = 0x23;
/** Of a name of one letter, `:` and the shortest of all hashes, `{SHA}`. */
const LEAST_LINE_BYTES: i32 = 35;

/** The users of an htpasswd text: lines of `name:hash`; empty lines and those that begin with `#` are left out. */
export class UserStore {
  private readonly users: User[] = [];
  /** Has a place for each of them. */
  private readonly byName: LruMap<User | null>;
  /** Of the text: who does not have it cannot say which names are judged by one user's hash. */
  private readonly digest: OwnedBytes;
  /** Whether comparing a password may take long. */
  isSlow: bool = false;
  /** What is wrong with the first line that is; absent = nothing. It shows neither names nor hashes. */
  fault: OwnedBytes = OwnedBytes.absent();

  constructor(text: Bytes, forms: PasswordForms) {
    this.digest = SHA256.digest(text).toOwned();
    this.byName = new LruMap<User | null>(text.length / LEAST_LINE_BYTES + 1);
    for (let at = 0, number = 1; at < text.length; number++) {
      const end = text.indexOfByte(NEWLINE, at);
      const line = text.slice(at, end < 0 ? text.length : end).trim();
      at = end < 0 ? text.length : end + 1;
      const wanted = line.length == 0 || line[0] == HASH_SIGN ? Bytes.absent : this.add(line, forms);
      if (!wanted.isAbsent && this.fault.view.isAbsent) this.fault = faultOf(number, wanted);
    }
  }

  get size(): i32 {
    return this.users.length;
  }

  has(name: Bytes): bool {
    return this.byName.has(name);
  }

  /**
   * The user, if the password is theirs; else null. The hash of one user is computed whoever asks: for a name that is
   * nobody's it is that of some user, always the same one, so that time does not tell names.
   */
  verify(name: Bytes, password: Bytes): User | null {
    const asked = this.byName.get(name, this.standInOf(name))!;
    const isRight = asked.password.verify(password);
    return isRight && asked.name.view.equals(name) ? asked : null;
  }

  /** Gives what is wanted instead; absent when the line was taken. */
  private add(line: Bytes, forms: PasswordForms): Bytes {
    const colon = line.indexOfByte(COLON);
    if (colon < 1) return utf8("a line name:hash");
    const name = line.slice(0, colon);
    if (this.has(name)) return utf8("one line for each name");
    const password = forms.parse(line.slice(colon + 1));
    if (password === null) return forms.wanted;
    if (password.isSlow) this.isSlow = true;
    const user = new User(name.toOwned(), password);
    this.users.push(user);
    this.byName.set(name, user);
    return Bytes.absent;
  }

  private standInOf(name: Bytes): User {
    const digest = SHA256.digest(BytesBuilder.create().add(this.digest.view).add(name).toBytes());
    return this.users[<i32>(slotOf(digest) % <u64>this.size)];
  }
}

function faultOf(line: i32, wanted: Bytes): OwnedBytes {
  return BytesBuilder.create().add(wanted).add(utf8(" in line ")).addI64(line).toBytes().toOwned();
}
