import { Bytes } from "../bytes/bytes";
import { writeProperty } from "../hostcalls/properties";
import { activate } from "./callback";
import { Context } from "./context";

/** What the contexts of HTTP streams and of connections have in common. */
export abstract class StreamContext extends Context {
  /** What happened to the stream so far. For the SDK. */
  state: u32 = 0;

  constructor(id: u32) {
    super(id, false);
  }

  /** The stream is complete: headers are readable once more, nothing can be changed. */
  onLog(): void {}

  /** The stream ended; before or after `onLog`. */
  onDone(): void {}

  /** The context is dropped. */
  onDelete(): void {}

  /** Stores an attribute of the stream; `key` is one segment. */
  setProperty(key: Bytes, value: Bytes): bool {
    return activate(this.id) && writeProperty(key, value);
  }

  /** Whether a state bit is set. For the SDK. */
  // @ts-ignore: decorator
  @inline
  is(bit: u32): bool {
    return (this.state & bit) != 0;
  }
}
