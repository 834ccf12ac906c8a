import { Bytes } from "./bytes";

/** Bytes in front of the data: the cell of a view. */
const HEADER_BYTES: usize = 8;

/**
 * A managed copy of bytes, for fields of contexts and configuration.
 *
 * The object begins with the cell of a view of itself, so {@link view} is free. Keep the
 * owner reachable (in a field) while its view is used.
 */
// @ts-ignore: decorator
@final
export class OwnedBytes {
  private distance: usize;
  private size: u32;

  private constructor() {}

  /** Copies raw memory into a managed object. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  static copyOf(address: usize, length: u32): OwnedBytes {
    const object = __new(HEADER_BYTES + length, idof<OwnedBytes>());
    store<usize>(object, HEADER_BYTES);
    store<u32>(object, length, 4);
    memory.copy(object + HEADER_BYTES, address, length);
    return changetype<OwnedBytes>(object);
  }

  /** An owner of nothing, for fields that are filled later; its view is absent. */
  static absent(): OwnedBytes {
    return changetype<OwnedBytes>(__new(HEADER_BYTES, idof<OwnedBytes>()));
  }

  /** View of the copy, absent when an absent view was copied; valid while this is reachable. */
  get view(): Bytes {
    return this.distance ? changetype<Bytes>(changetype<usize>(this)) : Bytes.absent;
  }

  /** Number of bytes. */
  get length(): i32 {
    return <i32>this.size;
  }
}
