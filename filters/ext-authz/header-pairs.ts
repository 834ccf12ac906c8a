import { Bytes, HeaderList, OwnedBytes } from "@sluice/sdk";

/** Headers that are kept for longer than a callback. */
export class HeaderPairs {
  readonly names: OwnedBytes[] = [];
  readonly values: OwnedBytes[] = [];

  add(name: Bytes, value: Bytes): HeaderPairs {
    this.names.push(name.toOwned());
    this.values.push(value.toOwned());
    return this;
  }

  addAll(others: HeaderPairs): void {
    for (let i = 0; i < others.names.length; i++) this.add(others.names[i].view, others.values[i].view);
  }

  has(name: Bytes): bool {
    for (let i = 0; i < this.names.length; i++) if (this.names[i].view.equals(name)) return true;
    return false;
  }

  /** Bytes of names and values. */
  get size(): i32 {
    let size = 0;
    for (let i = 0; i < this.names.length; i++) size += this.names[i].length + this.values[i].length;
    return size;
  }

  toList(): HeaderList {
    const list = HeaderList.create();
    for (let i = 0; i < this.names.length; i++) list.add(this.names[i].view, this.values[i].view);
    return list;
  }
}
