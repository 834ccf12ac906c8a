/** Delayed streams by deadline: a binary heap, earliest on top. */
export class DelayQueue {
  private readonly deadlines: u64[] = [];
  private readonly streams: u32[] = [];

  get length(): i32 {
    return this.streams.length;
  }

  /** Deadline of the first stream; only when there is one. */
  get firstDeadline(): u64 {
    return this.deadlines[0];
  }

  /** Id of the first stream; only when there is one. */
  get firstStream(): u32 {
    return this.streams[0];
  }

  push(stream: u32, deadline: u64): void {
    this.deadlines.push(deadline);
    this.streams.push(stream);
    this.rise(this.streams.length - 1);
  }

  /** Drops the first stream. */
  pop(): void {
    this.removeAt(0);
  }

  /** Drops a stream wherever it stands; for streams that end before their deadline, which are few. */
  remove(stream: u32): void {
    const at = this.streams.indexOf(stream);
    if (at >= 0) this.removeAt(at);
  }

  private removeAt(at: i32): void {
    const last = this.streams.length - 1;
    this.swap(at, last);
    this.deadlines.pop();
    this.streams.pop();
    if (at == last) return;
    this.sink(at);
    this.rise(at);
  }

  private rise(at: i32): void {
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.deadlines[parent] <= this.deadlines[at]) return;
      this.swap(parent, at);
      at = parent;
    }
  }

  private sink(at: i32): void {
    for (;;) {
      const child = this.smallerChild(at);
      if (child < 0 || this.deadlines[at] <= this.deadlines[child]) return;
      this.swap(child, at);
      at = child;
    }
  }

  /** Index of the child with the earlier deadline, or -1. */
  private smallerChild(at: i32): i32 {
    const left = 2 * at + 1;
    if (left >= this.streams.length) return -1;
    const right = left + 1;
    return right < this.streams.length && this.deadlines[right] < this.deadlines[left] ? right : left;
  }

  private swap(a: i32, b: i32): void {
    const deadline = this.deadlines[a];
    const stream = this.streams[a];
    this.deadlines[a] = this.deadlines[b];
    this.streams[a] = this.streams[b];
    this.deadlines[b] = deadline;
    this.streams[b] = stream;
  }
}
