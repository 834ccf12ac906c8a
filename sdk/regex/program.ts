import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { ByteSet } from "./byte-set";

/** What an instruction does; the rest of its word is the argument. */
export enum Op {
  /** Takes a byte of the set with this index. */
  Take,
  /** Goes on at the next instruction and at this distance. */
  Split,
  /** Goes on at this distance. */
  Jump,
  /** Goes on when this {@link Assertion} holds. */
  Assert,
  /** Everything was matched. */
  Match,
}

/** What holds between two bytes. */
export enum Assertion {
  TextBegin,
  TextEnd,
  LineBegin,
  LineEnd,
  WordBoundary,
  NoWordBoundary,
}

const OP_BITS: i32 = 3;

export function opOf(instruction: i32): Op {
  return instruction & ((1 << OP_BITS) - 1);
}

export function argumentOf(instruction: i32): i32 {
  return instruction >> OP_BITS;
}

const WORD_SHIFT: i32 = 2;
const FIRST_WORDS: i32 = 32;

/**
 * Instructions of an expression. Distances are relative, so that a finished part can be moved and repeated as it is;
 * it begins at its first instruction and ends by going on behind its last one.
 */
// @ts-ignore: decorator
@final
export class Program {
  readonly sets: ByteSet[] = [];
  hasAssertions: bool = false;
  /** More instructions were asked for than the limit allows; the program is of no use. */
  isTooLarge: bool = false;
  /** Number of instructions. */
  length: i32 = 0;
  private code: StaticArray<i32> = new StaticArray<i32>(FIRST_WORDS);

  constructor(private readonly limit: i32) {}

  /** The instruction at a place in the program. */
  at(index: i32): i32 {
    return load<i32>(this.address(index));
  }

  emit(op: Op, argument: i32): void {
    if (!this.reserve(1)) return;
    store<i32>(this.address(this.length++), (argument << OP_BITS) | op);
  }

  take(set: ByteSet): void {
    this.emit(Op.Take, this.indexOf(set));
  }

  assert(assertion: Assertion): void {
    this.hasAssertions = true;
    this.emit(Op.Assert, assertion);
  }

  /** Puts a split in front of what begins at `start`; the other way leads behind the end, and `beyond` further. */
  splitAround(start: i32, beyond: i32): void {
    const part = this.cut(start);
    this.emit(Op.Split, wordsOf(part) + 1 + beyond);
    this.append(part);
  }

  /** Lets the jump at `at` lead to the end of the program so far; gives what its argument was. */
  jumpToEnd(at: i32): i32 {
    const argument = argumentOf(this.at(at));
    store<i32>(this.address(at), ((this.length - at) << OP_BITS) | Op.Jump);
    return argument;
  }

  /** Repeats what begins at `start`; `most` below zero is without end. */
  repeat(start: i32, least: i32, most: i32): void {
    const unit = this.cut(start);
    const length = wordsOf(unit);
    for (let i = 0; i < least && !this.isTooLarge; i++) this.append(unit);
    if (most < 0) this.repeatForever(unit, least);
    for (let left = most - least; left > 0 && !this.isTooLarge; left--) {
      this.emit(Op.Split, left * (length + 1));
      this.append(unit);
    }
  }

  private repeatForever(unit: Bytes, least: i32): void {
    const length = wordsOf(unit);
    if (least > 0) return this.emit(Op.Split, -length);
    this.emit(Op.Split, length + 2);
    this.append(unit);
    this.emit(Op.Jump, -length - 1);
  }

  /** Takes what begins at `start` off the end. */
  private cut(start: i32): Bytes {
    const part = BytesBuilder.create().add(Bytes.of(this.address(start), (this.length - start) << WORD_SHIFT));
    this.length = start;
    return part.toBytes();
  }

  private append(part: Bytes): void {
    if (!this.reserve(wordsOf(part))) return;
    memory.copy(this.address(this.length), part.address, part.length);
    this.length += wordsOf(part);
  }

  /** Makes room for some more; false when the limit does not allow them. */
  private reserve(count: i32): bool {
    const length = this.length + count;
    if (length > this.limit) this.isTooLarge = true;
    else if (length > this.code.length) {
      const bytes = max(length, 2 * this.code.length) << WORD_SHIFT;
      this.code = changetype<StaticArray<i32>>(__renew(changetype<usize>(this.code), bytes));
    }
    return length <= this.limit;
  }

  private address(index: i32): usize {
    return changetype<usize>(this.code) + (<usize>index << WORD_SHIFT);
  }

  private indexOf(set: ByteSet): i32 {
    for (let i = 0; i < this.sets.length; i++) if (this.sets[i].equals(set)) return i;
    return this.sets.push(set) - 1;
  }
}

function wordsOf(part: Bytes): i32 {
  return part.length >> WORD_SHIFT;
}
