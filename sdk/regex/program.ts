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

/**
 * Instructions of an expression. Distances are relative, so that a finished part can be moved and repeated as it is;
 * it begins at its first instruction and ends by going on behind its last one.
 */
export class Program {
  readonly code: i32[] = [];
  readonly sets: ByteSet[] = [];
  hasAssertions: bool = false;
  /** More instructions were asked for than the limit allows; the program is of no use. */
  isTooLarge: bool = false;

  constructor(private readonly limit: i32) {}

  get length(): i32 {
    return this.code.length;
  }

  emit(op: Op, argument: i32): void {
    if (this.code.length >= this.limit) this.isTooLarge = true;
    else this.code.push((argument << OP_BITS) | op);
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
    const part = this.code.splice(start);
    this.emit(Op.Split, part.length + 1 + beyond);
    this.append(part);
  }

  /** Lets the jump at `at` lead to the end of the program so far. */
  jumpToEnd(at: i32): void {
    if (!this.isTooLarge) this.code[at] = ((this.code.length - at) << OP_BITS) | Op.Jump;
  }

  /** Repeats what begins at `start`; `most` below zero is without end. */
  repeat(start: i32, least: i32, most: i32): void {
    const unit = this.code.splice(start);
    for (let i = 0; i < least && !this.isTooLarge; i++) this.append(unit);
    if (most < 0) this.repeatForever(unit, least);
    for (let left = most - least; left > 0 && !this.isTooLarge; left--) {
      this.emit(Op.Split, left * (unit.length + 1));
      this.append(unit);
    }
  }

  private repeatForever(unit: i32[], least: i32): void {
    if (least > 0) return this.emit(Op.Split, -unit.length);
    this.emit(Op.Split, unit.length + 2);
    this.append(unit);
    this.emit(Op.Jump, -unit.length - 1);
  }

  private append(part: i32[]): void {
    if (this.code.length + part.length > this.limit) this.isTooLarge = true;
    else for (let i = 0; i < part.length; i++) this.code.push(part[i]);
  }

  private indexOf(set: ByteSet): i32 {
    for (let i = 0; i < this.sets.length; i++) if (this.sets[i].equals(set)) return i;
    return this.sets.push(set) - 1;
  }
}
