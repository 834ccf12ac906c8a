import { BcryptHash, Bytes } from "@sluice/sdk";
import { PasswordHash } from "./password-hash";

/** `$2a$`, `$2b$` and `$2y$`: bcrypt, as `htpasswd -B` writes it. */
export class BcryptPassword extends PasswordHash {
  constructor(private readonly hash: BcryptHash) {
    super(true);
  }

  override verify(password: Bytes): bool {
    return this.hash.verify(password);
  }
}
