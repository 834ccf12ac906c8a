import { Bytes } from "../bytes/bytes";
import { Automaton } from "./automaton";
import { Parser } from "./parser";
import { PatternReader } from "./pattern-reader";
import { Op, Program } from "./program";

/** Instructions of a program unless its user says otherwise. */
const DEFAULT_INSTRUCTIONS: i32 = 1000;

/**
 * A regular expression in RE2's syntax that is compared with whole texts, in time in proportion to the text.
 *
 * As in Envoy each byte is one character: `.` is one byte of a UTF-8 character, and ignoring case is for ASCII and the
 * letters of Latin-1. Not supported: back references, look-around (RE2 has neither) and the classes of Unicode, `\p`.
 */
export class Regex {
  private readonly automaton: Automaton;
  /** Why the pattern is none; absent when all is well. A view that lives as long as the module. */
  readonly fault: Bytes;
  /** Byte of the pattern where the fault is. */
  readonly faultAt: i32;

  /** Compiles a pattern. One with a fault matches nothing. */
  constructor(pattern: Bytes, ignoreCase: bool = false, maxInstructions: i32 = DEFAULT_INSTRUCTIONS) {
    const reader = new PatternReader(pattern);
    let program = new Program(maxInstructions);
    new Parser(reader, program, ignoreCase).parse();
    if (reader.isFaulty) program = nothing();
    this.automaton = new Automaton(program);
    this.fault = reader.fault;
    this.faultAt = reader.faultAt;
  }

  /** Whether the whole text matches. */
  matches(text: Bytes): bool {
    return this.automaton.matches(text);
  }
}

/** A program that goes nowhere. */
function nothing(): Program {
  const program = new Program(1);
  program.emit(Op.Jump, 0);
  return program;
}
