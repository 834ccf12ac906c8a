import { Bytes } from "../bytes/bytes";
import { BytesBuilder } from "../bytes/builder";
import { OwnedBytes } from "../bytes/owned-bytes";
import { utf8 } from "../bytes/utf8";
import { RootContext } from "../context/root-context";
import { OfferedFilter } from "./registration";

/** One filter of a configured chain. */
// @ts-ignore: decorator
@final
export class BundledFilter {
  root!: RootContext;
  /** Name and place in the chain, `fault[4]`: unique when a filter occurs twice. */
  readonly label: OwnedBytes;
  /** Text in front of its log lines. */
  readonly linePrefix: OwnedBytes;
  /** Period of its timer in milliseconds, 0 = none, and when it is due on the wall clock. */
  tickMs: u32 = 0;
  dueNanos: u64 = 0;
  /** Its `onDone` returned false and it has not called `done` yet. */
  delaysEnd: bool = false;

  constructor(readonly offer: OfferedFilter, place: u32) {
    const label = BytesBuilder.create().add(offer.name.view).addByte(0x5b).addU64(place).addByte(0x5d);
    this.label = label.toBytes().toOwned();
    this.linePrefix = label.add(utf8(": ")).toBytes().toOwned();
  }

  get name(): Bytes {
    return this.offer.name.view;
  }
}

let running: BundledFilter | null = null;

/** The filter whose code runs; null outside of all. */
export function runningFilter(): BundledFilter | null {
  return running;
}

/** Code of a filter, or with null of the bundle itself, begins to run. */
export function enterFilter(filter: BundledFilter | null): void {
  running = filter;
}
