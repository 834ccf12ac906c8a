import { Bytes, HeaderList, HeaderMap, OwnedBytes } from "@sluice/sdk";
import { mayBeSent } from "../common/sendable";

/** What becomes of a header. */
export enum Change {
  Append,
  Set,
  Remove,
}

/** Changes of a message's headers that a service asks for, in their order; none that could break the message. */
export class HeaderChanges {
  private readonly kinds: Change[] = [];
  private readonly names: OwnedBytes[] = [];
  private readonly values: OwnedBytes[] = [];

  /** Notes one. False when it may not be: of a pseudo header, Host, or framing, or with bytes that may not be sent. */
  add(kind: Change, name: Bytes, value: Bytes): bool {
    if (!mayBeSent(name, value)) return false;
    this.kinds.push(kind);
    this.names.push(name.toLowerCase().toOwned());
    this.values.push(value.toOwned());
    return true;
  }

  /** Bytes of names and values. */
  get size(): i32 {
    let size = 0;
    for (let i = 0; i < this.names.length; i++) size += this.names[i].length + this.values[i].length;
    return size;
  }

  get isEmpty(): bool {
    return this.kinds.length == 0;
  }

  apply(headers: HeaderMap): void {
    for (let i = 0; i < this.kinds.length; i++) {
      const name = this.names[i].view;
      const kind = this.kinds[i];
      if (kind == Change.Append) headers.add(name, this.values[i].view);
      else if (kind == Change.Set) headers.set(name, this.values[i].view);
      else if (headers.has(name)) headers.remove(name);
    }
  }

  /** What the changes make of no headers at all. */
  toList(): HeaderList {
    const list = HeaderList.create();
    for (let i = 0; i < this.kinds.length; i++) list.add(this.names[i].view, this.values[i].view);
    return list;
  }
}
