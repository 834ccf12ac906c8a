import { arenaAllocate } from "../abi/arena";
import { ByteSet } from "./byte-set";

const BYTES: i32 = 256;
const NUMBERS_BYTES: usize = 1024;

/** The byte values in classes: values of one class are those that none of the sets tells apart. */
// @ts-ignore: decorator
@final
export class ByteClasses {
  private readonly classes: StaticArray<u8> = new StaticArray<u8>(BYTES);
  /** Number of classes. */
  count: i32 = 1;

  /** Class of a byte, from 0. */
  // @ts-ignore: decorator
  @inline
  of(byte: u8): i32 {
    return unchecked(this.classes[byte]);
  }

  /** Divides each class into what is in the set and what is not. */
  divideBy(set: ByteSet): void {
    // One more than the new number of what is outside of an old class, and of what is inside.
    const numbers = arenaAllocate(NUMBERS_BYTES);
    memory.fill(numbers, 0, NUMBERS_BYTES);
    this.count = 0;
    for (let byte = 0; byte < BYTES; byte++) {
      const part = (this.of(<u8>byte) << 1) | i32(set.has(<u8>byte));
      const number = numbers + (<usize>part << 1);
      if (!load<u16>(number)) store<u16>(number, <u16>++this.count);
      unchecked((this.classes[byte] = <u8>(load<u16>(number) - 1)));
    }
  }
}
