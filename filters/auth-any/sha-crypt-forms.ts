import { Bytes, ShaCryptHash, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { PasswordForms } from "../common/basic/password-forms";
import { PasswordHash } from "../common/basic/password-hash";

const LEAST_ROUNDS: u32 = 1000;
/** What each engine of the host lets a callback take, of a password of 256 bytes. */
const MOST_ROUNDS: u32 = 15000;

/** The forms that `basic-auth` has, and SHA-crypt where it is switched on, for which that filter has no room. */
export class ShaCryptForms extends PasswordForms {
  /** Most rounds; without any there is no SHA-crypt. */
  private maxRounds: u32 = 0;

  override readField(reader: ConfigReader): bool {
    if (!reader.at(utf8("max_sha_crypt_rounds"))) return super.readField(reader);
    this.maxRounds = reader.readU32(LEAST_ROUNDS, MOST_ROUNDS);
    return true;
  }

  override parse(text: Bytes): PasswordHash | null {
    const hash = ShaCryptHash.parse(text);
    if (hash === null) return super.parse(text);
    if (hash.rounds <= this.maxRounds) return new ShaCryptPassword(hash);
    return this.refuse(utf8("a hash other than $5$ and $6$, or of at most max_sha_crypt_rounds rounds"));
  }
}

/** `$5$` and `$6$`: SHA-crypt, as `openssl passwd -6` and `htpasswd -5` write it. */
class ShaCryptPassword extends PasswordHash {
  constructor(private readonly hash: ShaCryptHash) {
    super(true);
  }

  override verify(password: Bytes): bool {
    return this.hash.verify(password);
  }
}
