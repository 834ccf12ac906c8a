import { DocumentRoot } from "../document-root";
import { ReplayWindow } from "../replay-window";

/** The plugin that looks at tokens, and whose requests may have to wait for what is said of them. */
export abstract class TokenOwner extends DocumentRoot {
  /** Null when no tokens are bound to keys. */
  proofs: ReplayWindow | null = null;
}
