import { Bytes } from "../bytes/bytes";
import { equalMemory } from "../bytes/memory";
import { ByteClasses } from "./byte-classes";
import { ByteSet, wordSet } from "./byte-set";
import { Assertion, Op, Program, argumentOf, opOf } from "./program";

/** State in which nothing can match any more. */
const DEAD: i32 = 0;
/** State in front of the first byte. */
const START: i32 = 1;
/** A transition that was not needed so far. */
const UNKNOWN: i32 = 0xffff;
/** What the transition at the end of the text leads to when all was matched. */
const MATCHED: i32 = 1;

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
 *
 * A state's record: a bit per instruction, what stands in front (u16), then a transition (u16) per class of bytes and one for
 * the end of the text. The first two are its key.
 */
// @ts-ignore: decorator
@final
export class Automaton {
  private readonly classes: ByteClasses;
  /** Bytes of a set of instructions, of a key and of a record. */
  private readonly setBytes: i32;
  private readonly keyBytes: i32;
  private readonly stride: i32;
  private readonly maxStates: i32;
  private capacity: i32 = 0;
  private count: i32 = 0;
  private records: StaticArray<u8> = new StaticArray<u8>(0);
  /** Key of what was reached. */
  private readonly key: StaticArray<u8>;
  /** Instructions that were looked at. */
  private readonly seen: StaticArray<u8>;
  private readonly word: ByteSet;

  constructor(private readonly program: Program) {
    const word = wordSet();
    const classes = classesOf(program, word);
    const width = classes.count + 1;
    const setBytes = ((program.length + 15) >> 4) << 1;
    const keyBytes = setBytes + 2;
    this.word = word;
    this.classes = classes;
    this.setBytes = setBytes;
    this.keyBytes = keyBytes;
    this.stride = keyBytes + 2 * width;
    this.maxStates = max(FIRST_STATES, min(MAX_STATES, MAX_TRANSITIONS / width));
    this.key = new StaticArray<u8>(keyBytes);
    this.seen = new StaticArray<u8>(keyBytes);
    this.restart();
  }

  /** Whether the whole text matches. */
  matches(text: Bytes): bool {
    let state = START;
    for (let i = 0, length = text.length; i < length; i++) {
      const byte = text[i];
      const next = <i32>load<u16>(this.transition(state, this.classes.of(byte)));
      state = next == UNKNOWN ? this.step(state, byte) : next;
      if (state == DEAD) return false;
    }
    const last = <i32>load<u16>(this.transition(state, this.classes.count));
    return (last == UNKNOWN ? this.finish(state) : last) == MATCHED;
  }

  // @ts-ignore: decorator
  @inline
  private record(state: i32): usize {
    return changetype<usize>(this.records) + <usize>(state * this.stride);
  }

  // @ts-ignore: decorator
  @inline
  private transition(state: i32, column: i32): usize {
    return this.record(state) + <usize>(this.keyBytes + 2 * column);
  }

  /** Forgets all states but the first two. */
  private restart(): void {
    this.count = 0;
    this.key.fill(0);
    this.add();
    mark(this.key, 0);
    this.setBefore(this.program.hasAssertions ? Before.Nothing : Before.Other);
    this.add();
  }

  /** Forgets all states but the first two and the one that was reached. */
  private startOver(): i32 {
    memory.copy(changetype<usize>(this.seen), changetype<usize>(this.key), this.keyBytes);
    this.restart();
    memory.copy(changetype<usize>(this.key), changetype<usize>(this.seen), this.keyBytes);
    const known = this.find();
    return known >= 0 ? known : this.add();
  }

  /** Finds the state behind a byte, and remembers it. */
  private step(from: i32, byte: u8): i32 {
    this.explore(from, byte);
    if (this.program.hasAssertions) this.setBefore(this.beforeNext(byte));
    let to = this.find();
    if (to < 0) {
      if (this.count == this.maxStates) return this.startOver();
      to = this.add();
    }
    return this.remember(from, this.classes.of(byte), to);
  }

  private finish(state: i32): i32 {
    return this.remember(state, this.classes.count, this.explore(state, END) ? MATCHED : DEAD);
  }

  private remember(from: i32, column: i32, to: i32): i32 {
    store<u16>(this.transition(from, column), <u16>to);
    return to;
  }

  private setBefore(before: Before): void {
    store<u16>(changetype<usize>(this.key) + <usize>this.setBytes, <u16>before);
  }

  /** Collects in the key what may come behind `next`; whether everything is matched in front of it. */
  private explore(state: i32, next: i32): bool {
    this.key.fill(0);
    this.seen.fill(0);
    const record = this.record(state);
    const before = <Before>load<u16>(record + <usize>this.setBytes);
    let isMatch = false;
    for (let at = 0; at < this.program.length; at++) {
      if (isMarked(record, at) && this.follow(at, before, next)) isMatch = true;
    }
    return isMatch;
  }

  /** Follows an instruction up to those that take a byte. */
  private follow(at: i32, before: Before, next: i32): bool {
    let isMatch = false;
    while (!isMarked(changetype<usize>(this.seen), at)) {
      mark(this.seen, at);
      const instruction = this.program.at(at);
      const argument = argumentOf(instruction);
      const op = opOf(instruction);
      if (op == Op.Match) return true;
      if (op == Op.Take) {
        if (next != END && this.program.sets[argument].has(<u8>next)) mark(this.key, at + 1);
        break;
      }
      if (op == Op.Assert && !this.holds(argument, before, next)) break;
      if (op == Op.Split && this.follow(at + argument, before, next)) isMatch = true;
      at += op == Op.Jump ? argument : 1;
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
  private find(): i32 {
    const key = changetype<usize>(this.key);
    for (let state = 0; state < this.count; state++) {
      if (equalMemory(this.record(state), key, state == DEAD ? this.setBytes : this.keyBytes)) return state;
    }
    return -1;
  }

  /** Adds a state for what was reached. */
  private add(): i32 {
    const state = this.count++;
    if (state == this.capacity) this.grow();
    const record = this.record(state);
    memory.copy(record, changetype<usize>(this.key), this.keyBytes);
    memory.fill(record + <usize>this.keyBytes, 0xff, this.stride - this.keyBytes);
    return state;
  }

  private grow(): void {
    this.capacity = min(this.maxStates, max(FIRST_STATES, 2 * this.capacity));
    this.records = changetype<StaticArray<u8>>(__renew(changetype<usize>(this.records), this.capacity * this.stride));
  }
}

/** Bytes that no part of the program tells apart are of one class. */
function classesOf(program: Program, word: ByteSet): ByteClasses {
  const classes = new ByteClasses();
  for (let i = 0; i < program.sets.length; i++) classes.divideBy(program.sets[i]);
  if (!program.hasAssertions) return classes;
  classes.divideBy(word);
  classes.divideBy(ByteSet.of(<u8>NEWLINE));
  return classes;
}

function mark(set: StaticArray<u8>, index: i32): void {
  const byte = changetype<usize>(set) + <usize>(index >> 3);
  store<u8>(byte, load<u8>(byte) | (<u8>1 << <u8>(index & 7)));
}

function isMarked(set: usize, index: i32): bool {
  return ((load<u8>(set + <usize>(index >> 3)) >> <u8>(index & 7)) & 1) != 0;
}
