/** Which instructions lead elsewhere (core specification 5.4.1), legacy and new exceptions included. */
import { Opcode } from './instructions.ts'

/** br, br_if, br_table, br_on_null, br_on_non_null. */
export function isBranch(opcode: number): boolean {
  return (opcode >= 0x0c && opcode <= 0x0e) || opcode === 0xd5 || opcode === 0xd6
}

/** Control does not go on behind: unreachable, throws, br, br_table, return, tail calls. */
export function isTransfer(opcode: number): boolean {
  if (opcode === 0x00 || isThrow(opcode) || opcode === Opcode.Return) return true
  return opcode === 0x0c || opcode === Opcode.BranchTable || opcode === 0x12 || opcode === 0x13 || opcode === 0x15
}

/** throw, rethrow, throw_ref. */
export function isThrow(opcode: number): boolean {
  return opcode >= 0x08 && opcode <= 0x0a
}

/** Calls of every form, tail calls among them. */
export function isCall(opcode: number): boolean {
  return opcode >= 0x10 && opcode <= 0x15
}
