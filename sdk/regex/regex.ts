import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
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
 *
 * A module that is compiled with `SLUICE_COMPACT` has none: every pattern has a fault.
 */
export class Regex {
  private automaton: Automaton | null = null;
  /** Why the pattern is none; absent when all is well. A view that lives as long as the module. */
  fault: Bytes = Bytes.absent;
  /** Byte of the pattern where the fault is. */
  faultAt: i32 = 0;

  /** Compiles a pattern. One with a fault matches nothing. */
  constructor(pattern: Bytes, ignoreCase: bool = false, maxInstructions: i32 = DEFAULT_INSTRUCTIONS) {
    if (isDefined(SLUICE_COMPACT)) this.fault = utf8("this module has none, to be small");
    else this.compile(pattern, ignoreCase, maxInstructions);
  }

  /** Whether the whole text matches. */
  matches(text: Bytes): bool {
    return isDefined(SLUICE_COMPACT) ? false : this.automaton!.matches(text);
  }

  private compile(pattern: Bytes, ignoreCase: bool, maxInstructions: i32): void {
    const reader = new PatternReader(pattern);
    let program = new Program(maxInstructions);
    new Parser(reader, program, ignoreCase).parse();
    if (reader.isFaulty) program = nothing();
    this.automaton = new Automaton(program);
    this.fault = reader.fault;
    this.faultAt = reader.faultAt;
  }
}

/** A program that goes nowhere. */
function nothing(): Program {
  const program = new Program(1);
  program.emit(Op.Jump, 0);
  return program;
}
