/**
 * The immediates of every instruction, so that the rewriter can walk a function body (core specification 5.4).
 * Covered: WebAssembly 2.0, tail calls, exception handling (both forms), threads, typed function references.
 */
import { MalformedModule, type ByteReader } from './byte-reader.ts'

/** Forms of immediates; numbers 0–2 are counts of LEB128 numbers. */
const Form = {
  None: 0,
  One: 1,
  Two: 2,
  Block: 3,
  Memory: 4,
  BranchTable: 5,
  Four: 6,
  Eight: 7,
  Select: 8,
  TryTable: 9,
  Numeric: 10,
  Vector: 11,
  Atomic: 12,
  Unknown: 13,
} as const

export const Opcode = {
  Block: 0x02,
  Loop: 0x03,
  If: 0x04,
  Else: 0x05,
  Try: 0x06,
  End: 0x0b,
  BranchTable: 0x0e,
  Return: 0x0f,
  Delegate: 0x18,
  TryTable: 0x1f,
  Numeric: 0xfc,
} as const

const FORMS = forms()

/** Passes the immediates of `opcode`; for prefix 0xfc returns the sub-opcode, else -1. */
export function skipImmediates(opcode: number, reader: ByteReader): number {
  const form = FORMS[opcode]!
  if (form === Form.None) return -1
  if (form === Form.One) reader.skipNumber()
  else if (form === Form.Two) skipNumbers(reader, 2)
  else if (form === Form.Block) skipBlockType(reader)
  else if (form === Form.Memory) skipMemoryArgument(reader)
  else if (form === Form.BranchTable) skipNumbers(reader, reader.u32() + 1)
  else if (form === Form.Four) reader.skip(4)
  else if (form === Form.Eight) reader.skip(8)
  else if (form === Form.Select) skipTypes(reader)
  else if (form === Form.TryTable) skipTryTable(reader)
  else if (form === Form.Numeric) return skipNumeric(reader)
  else if (form === Form.Vector) skipVector(reader)
  else if (form === Form.Atomic) skipAtomic(reader)
  else throw new MalformedModule(`Instruction 0x${opcode.toString(16)} is not supported`, reader.at - 1)
  return -1
}

/**
 * True for the instructions under 0xfc whose work grows with the number on top of the stack: memory.init, copy,
 * fill; table.init, copy, grow, fill.
 */
export function isBulk(sub: number): boolean {
  return sub === 8 || sub === 10 || sub === 11 || sub === 12 || sub === 14 || sub === 15 || sub === 17
}

function forms(): Uint8Array {
  const table = new Uint8Array(256).fill(Form.Unknown)
  const put = (first: number, last: number, form: number): void => void table.fill(form, first, last + 1)
  put(0x00, 0x01, Form.None)
  put(0x02, 0x04, Form.Block)
  put(0x05, 0x05, Form.None)
  put(0x06, 0x06, Form.Block)
  put(0x07, 0x09, Form.One)
  put(0x0a, 0x0b, Form.None)
  put(0x0c, 0x0d, Form.One)
  put(0x0e, 0x0e, Form.BranchTable)
  put(0x0f, 0x0f, Form.None)
  put(0x10, 0x10, Form.One)
  put(0x11, 0x11, Form.Two)
  put(0x12, 0x12, Form.One)
  put(0x13, 0x13, Form.Two)
  put(0x14, 0x15, Form.One)
  put(0x18, 0x18, Form.One)
  put(0x19, 0x1b, Form.None)
  put(0x1c, 0x1c, Form.Select)
  put(0x1f, 0x1f, Form.TryTable)
  put(0x20, 0x26, Form.One)
  put(0x28, 0x3e, Form.Memory)
  put(0x3f, 0x42, Form.One)
  put(0x43, 0x43, Form.Four)
  put(0x44, 0x44, Form.Eight)
  put(0x45, 0xc4, Form.None)
  put(0xd0, 0xd0, Form.One)
  put(0xd1, 0xd1, Form.None)
  put(0xd2, 0xd2, Form.One)
  put(0xd3, 0xd4, Form.None)
  put(0xd5, 0xd6, Form.One)
  put(0xfc, 0xfc, Form.Numeric)
  put(0xfd, 0xfd, Form.Vector)
  put(0xfe, 0xfe, Form.Atomic)
  return table
}

/** Passes a constant expression with its `end`. */
export function skipExpression(reader: ByteReader): void {
  for (let opcode = -1; opcode !== Opcode.End;) {
    opcode = reader.u8()
    skipImmediates(opcode, reader)
  }
}

function skipNumbers(reader: ByteReader, count: number): void {
  for (let left = count; left > 0; left--) reader.skipNumber()
}

/** Empty, a value type (one byte, or two parts for typed references) or a type index: all but the middle look like a number. */
function skipBlockType(reader: ByteReader): void {
  const first = reader.bytes[reader.at]
  if (first === 0x63 || first === 0x64) reader.valueType()
  else reader.skipNumber()
}

/** Alignment (bit 6: a memory index follows) and offset. */
function skipMemoryArgument(reader: ByteReader): void {
  const alignment = reader.u32()
  if ((alignment & 0x40) !== 0) reader.skipNumber()
  reader.skipNumber()
}

function skipTypes(reader: ByteReader): void {
  for (let left = reader.u32(); left > 0; left--) reader.valueType()
}

function skipTryTable(reader: ByteReader): void {
  skipBlockType(reader)
  for (let left = reader.u32(); left > 0; left--) {
    const kind = reader.u8()
    skipNumbers(reader, kind <= 1 ? 2 : 1)
  }
}

function skipNumeric(reader: ByteReader): number {
  const at = reader.at
  const sub = reader.u32()
  if (sub > 17) throw new MalformedModule(`Instruction 0xfc ${sub} is not supported`, at)
  if (sub === 8 || sub === 10 || sub === 12 || sub === 14) skipNumbers(reader, 2)
  else if (sub > 7) reader.skipNumber()
  return sub
}

function skipVector(reader: ByteReader): void {
  const sub = reader.u32()
  if (sub <= 11) skipMemoryArgument(reader)
  else if (sub <= 13) reader.skip(16)
  else if (sub >= 21 && sub <= 34) reader.skip(1)
  else if (sub >= 84 && sub <= 93) {
    skipMemoryArgument(reader)
    if (sub <= 91) reader.skip(1)
  }
}

function skipAtomic(reader: ByteReader): void {
  if (reader.u32() === 3) reader.skip(1)
  else skipMemoryArgument(reader)
}
