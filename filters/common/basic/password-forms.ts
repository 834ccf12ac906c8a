import { BcryptHash, Bytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { BcryptPassword } from "./bcrypt-password";
import { PasswordHash } from "./password-hash";
import { Pbkdf2Password } from "./pbkdf2-password";
import { SaltedSha1 } from "./salted-sha1";

/** What each engine of the host lets a callback take. */
const MOST_ITERATIONS: u32 = 60000;
/** A cost of 12 takes half a second. */
const LEAST_COST: u32 = 4;
const MOST_COST: u32 = 12;

/** The forms of hashes that may be configured, as htpasswd, LDAP and passlib write them, and how long comparing one may take. */
export class PasswordForms {
  /** What is wanted instead of a text that was refused. */
  wanted: Bytes = Bytes.absent;
  private maxIterations: u32 = 50000;
  private maxCost: u32 = 10;

  /** Reads the current field when it is a limit; false when it is not. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("max_iterations"))) this.maxIterations = reader.readU32(1, MOST_ITERATIONS);
    else if (reader.at(utf8("max_cost"))) this.maxCost = reader.readU32(LEAST_COST, MOST_COST);
    else return false;
    return true;
  }

  /** The hash in a text; null when it is in none of the forms, not whole, or takes too long. */
  parse(text: Bytes): PasswordHash | null {
    this.wanted = utf8("a hash {SHA}, {SSHA}, $2y$ or $pbkdf2-sha256$");
    if (text.startsWith(utf8("{SHA}"))) return SaltedSha1.parse(text.slice(5), false);
    if (text.startsWith(utf8("{SSHA}"))) return SaltedSha1.parse(text.slice(6), true);
    return text.startsWith(utf8("$2")) ? this.parseBcrypt(text) : this.parsePbkdf2(text);
  }

  /** Refuses a hash for another reason than its form. */
  protected refuse(wanted: Bytes): PasswordHash | null {
    this.wanted = wanted;
    return null;
  }

  private parseBcrypt(text: Bytes): PasswordHash | null {
    const hash = BcryptHash.parse(text);
    if (hash === null) return null;
    return hash.cost > this.maxCost ? this.refuse(utf8("a hash of a cost of at most max_cost")) : new BcryptPassword(hash);
  }

  private parsePbkdf2(text: Bytes): PasswordHash | null {
    const hash = Pbkdf2Password.parse(text);
    if (hash === null || hash.rounds <= this.maxIterations) return hash;
    return this.refuse(utf8("a hash of at most max_iterations rounds"));
  }
}
