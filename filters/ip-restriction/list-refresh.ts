import { Bytes, CalloutHandler, Context, Counter, Gauge } from "@sluice/sdk";
import { ConfiguredRoot } from "@sluice/sdk/config";
import { AddressList } from "./list";

/** Requests that wait for a first answer; further ones are judged without the list. */
const MAX_WAITING: i32 = 1024;

/** The plugin that is told when requests need not wait any more. */
export abstract class ListOwner extends ConfiguredRoot {
  abstract onListsSettled(waiting: u32[]): void;
}

/**
 * Fetches the lists of a plugin when a request finds them too old. Until a list has had its first answer, good or not, requests wait
 * for it; later ones are judged by what there is.
 */
export class ListRefresh {
  private waiting: u32[] = [];

  constructor(
    readonly lists: AddressList[],
    private readonly failures: Counter,
    private readonly age: Gauge,
  ) {}

  /** Fetches what is due. */
  refresh(root: Context): void {
    if (this.lists.length == 0) return;
    const now = root.nowNanos();
    for (let i = 0; i < this.lists.length; i++) {
      const list = this.lists[i];
      if (list.isDue(now) && !list.fetch(root, new ListAnswer(this, list))) this.note(list, 0, Bytes.empty, now);
    }
  }

  /** Whether the request has to wait; it is told by `onListsSettled` then. */
  holds(stream: u32): bool {
    if (!this.isAwaited || this.waiting.length >= MAX_WAITING) return false;
    this.waiting.push(stream);
    return true;
  }

  onAnswer(root: Context, list: AddressList, status: u32, body: Bytes): void {
    this.note(list, status, body, root.nowNanos());
    if (this.isAwaited || this.waiting.length == 0) return;
    const settled = this.waiting;
    this.waiting = [];
    (<ListOwner>root).onListsSettled(settled);
  }

  private get isAwaited(): bool {
    for (let i = 0; i < this.lists.length; i++) {
      if (this.lists[i].isFetching && !this.lists[i].isLoaded) return true;
    }
    return false;
  }

  private note(list: AddressList, status: u32, body: Bytes, now: u64): void {
    if (!list.take(status, body, now)) this.failures.increment();
    let oldest: u64 = 0;
    for (let i = 0; i < this.lists.length; i++) oldest = max(oldest, this.lists[i].age(now));
    this.age.record(oldest);
  }
}

/** The two ways in which a fetch can end. */
class ListAnswer extends CalloutHandler {
  constructor(private readonly owner: ListRefresh, private readonly list: AddressList) {
    super();
  }

  onResponse(context: Context): void {
    this.owner.onAnswer(context, this.list, context.calloutStatus, context.calloutBody.read());
  }

  onReset(context: Context): void {
    this.owner.onAnswer(context, this.list, 0, Bytes.empty);
  }
}
