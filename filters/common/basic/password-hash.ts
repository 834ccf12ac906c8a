import { Bytes } from "@sluice/sdk";

/** What is kept of a password. */
export abstract class PasswordHash {
  constructor(
    /** Whether comparing takes long, so that it is worth while to know a password again. */
    readonly isSlow: bool,
  ) {}

  /** Whether it is that of the password. Time does not depend on how much of it is right. */
  abstract verify(password: Bytes): bool;
}
