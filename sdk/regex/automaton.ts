import { Bytes } from "../bytes/bytes";
import { ByteSet, wordSet } from "./byte-set";
import { Assertion, Op, Program, argumentOf, opOf } from "./program";

/** State in which nothing can match any more. */
const DEAD: u16 = 0;
/** State in front of the first byte. */
const START: u16 = 1;
/** A transition that was not needed so far. */
const UNKNOWN: u16 = 0xffff;
/** What the transition at the end of the text leads to when all was matched. */
const MATCHED: u16 = 1;

/** Transitions that are kept; beyond it they are forgotten and found again. */
const MAX_TRANSITIONS: i32 = 16384;
const MAX_STATES: i32 = 256;
const FIRST_STATES: i32 = 8;

/** What stands in front of a position, for assertions. */
enum Before {
  Other,
  Nothing,
  Newline,
  Word,
}

const NEWLINE: i32 = 0x0a;
/** Stands for the byte behind the last one. */
const END: i32 = 256;

/**
 * Runs a program over a text, one table access per byte: a deterministic automaton, made while it is used.
 *
 * A state is the set of instructions that may come next, and what stands in front of them; assertions are decided when
 * the byte behind them is known. A transition that is not in the table costs time in proportion to the program, so
 * that any text takes time in proportion to its length, whatever the pattern.
 */
export class Automaton {
  private readonly words: i32;
  private readonly classes: StaticArray<u8> = new StaticArray<u8>(256);
  /** Columns of the table: one per class of bytes, then the end of the text. */
  private width: i32 = 2;
  private maxStates: i32 = FIRST_STATES;
  private capacity: i32 = 0;
  private stateCount: i32 = 0;
  private transitions: StaticArray<u16> = [];
  /** Per state a bit per instruction. */
  private members: StaticArray<u64> = [];
  private befores: StaticArray<u8> = [];
  private readonly reached: StaticArray<u64>;
  private readonly seen: StaticArray<u64>;
  private readonly stack: i32[] = [];
  private readonly word: ByteSet = wordSet();

  constructor(private readonly program: Program) {
    const words = (program.length + 63) >> 6;
    this.words = words;
    this.reached = new StaticArray<u64>(words);
    this.seen = new StaticArray<u64>(words);
    this.divideBytes();
    this.maxStates = max(FIRST_STATES, min(MAX_STATES, MAX_TRANSITIONS / this.width));
    this.restart();
  }

  /** Whether the whole text matches. */
  matches(text: Bytes): bool {
    let state = START;
    for (let i = 0, length = text.length; i < length; i++) {
      const byte = text[i];
      const next = unchecked(this.transitions[<i32>state * this.width + unchecked(this.classes[byte])]);
      state = next == UNKNOWN ? this.step(state, byte) : next;
      if (state == DEAD) return false;
    }
    const last = unchecked(this.transitions[<i32>state * this.width + this.width - 1]);
    return (last == UNKNOWN ? this.finish(state) : last) == MATCHED;
  }

  /** Bytes that no part of the program tells apart share a column. */
  private divideBytes(): void {
    for (let i = 0; i < this.program.sets.length; i++) this.divideBy(this.program.sets[i]);
    if (!this.program.hasAssertions) return;
    this.divideBy(this.word);
    this.divideBy(ByteSet.of(<u8>NEWLINE));
  }

  private divideBy(set: ByteSet): void {
    const all = new StaticArray<i32>(256);
    const inside = new StaticArray<i32>(256);
    for (let byte = 0; byte < 256; byte++) {
      all[this.classes[byte]]++;
      if (set.has(<u8>byte)) inside[this.classes[byte]]++;
    }
    const moved = new StaticArray<u8>(256);
    for (let byte = 0; byte < 256; byte++) {
      const old = this.classes[byte];
      if (!set.has(<u8>byte) || inside[old] == all[old]) continue;
      if (!moved[old]) {
        moved[old] = <u8>(this.width - 1);
        this.width++;
      }
      this.classes[byte] = moved[old];
    }
  }

  /** Forgets all states but the first two. */
  private restart(): void {
    this.stateCount = 0;
    this.reached.fill(0);
    this.addState(Before.Other);
    mark(this.reached, 0);
    this.addState(this.program.hasAssertions ? Before.Nothing : Before.Other);
  }

  /** Finds the state behind a byte, and remembers it. */
  private step(from: u16, byte: u8): u16 {
    this.explore(from, byte);
    const before = this.program.hasAssertions ? this.beforeNext(byte) : Before.Other;
    const found = this.findState(before);
    if (found >= 0) return this.remember(from, unchecked(this.classes[byte]), <u16>found);
    if (this.stateCount < this.maxStates) {
      return this.remember(from, unchecked(this.classes[byte]), this.addState(before));
    }
    const kept = StaticArray.slice<u64>(this.reached);
    this.restart();
    memory.copy(changetype<usize>(this.reached), changetype<usize>(kept), <usize>this.words << 3);
    const again = this.findState(before);
    return again >= 0 ? <u16>again : this.addState(before);
  }

  private finish(state: u16): u16 {
    return this.remember(state, this.width - 1, this.explore(state, END) ? MATCHED : DEAD);
  }

  private remember(from: u16, column: i32, to: u16): u16 {
    unchecked(this.transitions[<i32>from * this.width + column] = to);
    return to;
  }

  /** Collects in `reached` what may come behind `next`; whether everything is matched in front of it. */
  private explore(state: u16, next: i32): bool {
    this.reached.fill(0);
    this.seen.fill(0);
    const before = unchecked(this.befores[state]);
    const first = <i32>state * this.words;
    let isMatch = false;
    for (let i = 0; i < this.words; i++) {
      for (let bits = unchecked(this.members[first + i]); bits; bits &= bits - 1) {
        this.stack.push((i << 6) + <i32>ctz(bits));
        if (this.follow(before, next)) isMatch = true;
      }
    }
    return isMatch;
  }

  /** Follows what is on the stack up to instructions that take a byte. */
  private follow(before: Before, next: i32): bool {
    let isMatch = false;
    while (this.stack.length > 0) {
      const at = this.stack.pop();
      if (has(this.seen, at)) continue;
      mark(this.seen, at);
      const instruction = this.program.code[at];
      const argument = argumentOf(instruction);
      switch (opOf(instruction)) {
        case Op.Take:
          if (next != END && this.program.sets[argument].has(<u8>next)) mark(this.reached, at + 1);
          break;
        case Op.Split: this.stack.push(at + argument); this.stack.push(at + 1); break;
        case Op.Jump: this.stack.push(at + argument); break;
        case Op.Assert: if (this.holds(argument, before, next)) this.stack.push(at + 1); break;
        default: isMatch = true;
      }
    }
    return isMatch;
  }

  private holds(assertion: Assertion, before: Before, next: i32): bool {
    switch (assertion) {
      case Assertion.TextBegin: return before == Before.Nothing;
      case Assertion.TextEnd: return next == END;
      case Assertion.LineBegin: return before == Before.Nothing || before == Before.Newline;
      case Assertion.LineEnd: return next == END || next == NEWLINE;
      default: {
        const isBoundary = (before == Before.Word) != (next != END && this.word.has(<u8>next));
        return isBoundary == (assertion == Assertion.WordBoundary);
      }
    }
  }

  private beforeNext(byte: u8): Before {
    if (byte == NEWLINE) return Before.Newline;
    return this.word.has(byte) ? Before.Word : Before.Other;
  }

  /** The state of what was reached, or -1. Nothing reached is dead, whatever stands in front. */
  private findState(before: Before): i32 {
    const bytes = <usize>this.words << 3;
    for (let state = 0; state < this.stateCount; state++) {
      const members = changetype<usize>(this.members) + <usize>state * bytes;
      if (memory.compare(members, changetype<usize>(this.reached), bytes) != 0) continue;
      if (state == DEAD || unchecked(this.befores[state]) == before) return state;
    }
    return -1;
  }

  private addState(before: Before): u16 {
    const state = this.stateCount++;
    if (state >= this.capacity) this.grow();
    for (let i = 0; i < this.words; i++) this.members[state * this.words + i] = this.reached[i];
    this.befores[state] = <u8>before;
    for (let i = 0; i < this.width; i++) this.transitions[state * this.width + i] = UNKNOWN;
    return <u16>state;
  }

  private grow(): void {
    this.capacity = max(FIRST_STATES, min(this.maxStates, 2 * this.capacity));
    this.transitions = extended<u16>(this.transitions, this.capacity * this.width);
    this.members = extended<u64>(this.members, this.capacity * this.words);
    this.befores = extended<u8>(this.befores, this.capacity);
  }
}

function extended<T>(values: StaticArray<T>, length: i32): StaticArray<T> {
  const longer = new StaticArray<T>(length);
  for (let i = 0; i < values.length; i++) longer[i] = values[i];
  return longer;
}

function mark(bits: StaticArray<u64>, index: i32): void {
  unchecked(bits[index >> 6] |= <u64>1 << (index & 63));
}

function has(bits: StaticArray<u64>, index: i32): bool {
  return ((unchecked(bits[index >> 6]) >> (index & 63)) & 1) != 0;
}
