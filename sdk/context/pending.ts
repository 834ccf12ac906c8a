import { Context } from "./context";
import { TableEntry } from "./entry-table";

/**
 * Something a context waits for (a callout, a gRPC call or stream): an entry of a table by
 * its token, and of a list of its owner, so that the end of a context finds its own.
 */
export abstract class Pending extends TableEntry {
  /** Next entry of the same owner. For the list. */
  nextOfOwner: Pending | null = null;

  constructor(
    token: u32,
    /** The context that gets the outcome. */
    readonly owner: Context,
  ) {
    super(token);
    this.nextOfOwner = changetype<Pending | null>(owner.pending);
    owner.pending = this;
    // By reference, so that a module whose contexts wait for nothing carries none of it.
    abandonAll = abandonEach;
  }

  /** The owner is gone: leaves the table, nobody is told the outcome. */
  abstract abandon(): void;

  /** Leaves the owner's list: the outcome has come. */
  protected leaveOwner(): void {
    const owner = this.owner;
    let previous: Pending | null = null;
    let entry = changetype<Pending | null>(owner.pending);
    while (entry !== null && entry !== this) {
      previous = entry;
      entry = entry.nextOfOwner;
    }
    if (entry === null) return;
    if (previous !== null) previous.nextOfOwner = this.nextOfOwner;
    else owner.pending = this.nextOfOwner;
  }
}

let abandonAll: ((owner: Context) => void) | null = null;

/** Ends everything a context waits for. */
export function abandonPending(owner: Context): void {
  const abandon = abandonAll;
  if (abandon !== null) abandon(owner);
}

function abandonEach(owner: Context): void {
  while (owner.pending !== null) {
    const entry = changetype<Pending>(owner.pending);
    owner.pending = entry.nextOfOwner;
    entry.abandon();
  }
}
