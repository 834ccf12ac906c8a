import { OwnedBytes } from "@sluice/sdk";
import { PasswordHash } from "./password-hash";

/** One who may pass. */
export class User {
  constructor(
    readonly name: OwnedBytes,
    readonly password: PasswordHash,
    /** When it ends that certain credentials are known as theirs. */
    readonly expiresNanos: u64 = 0,
  ) {}
}
