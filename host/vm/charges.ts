/**
 * Where a function body pays for its work. One tick at its entry and at each turn of a loop; straight code pays on top
 * whenever {@link STRETCH} bytes of it may have run since the last payment, on whatever path, so that no loop body is
 * too long for its tick. What runs without a choice pays at its first payment. Instructions whose time does not follow from
 * their size pay for themselves.
 */
import type { ByteReader } from './byte-reader.ts'
import { isBranch, isThrow, isTransfer } from './control-flow.ts'
import { isBulk, Opcode, skipImmediates } from './instructions.ts'

/**
 * What a charge pays for: straight code, a turn of a loop, a call into the engine, or an operation on as many bytes or
 * elements as the number on top of the stack says.
 */
export type ChargeKind = 'straight' | 'turn' | 'engine' | 'bulk'

/** A payment put in front of the instruction at `at`, for what runs from there on without a choice. */
export interface Charge {
  readonly at: number
  readonly kind: ChargeKind
  ticks: number
}

/** Bytes of straight code that one tick at a loop or a function entry covers. */
export const STRETCH = 128
/** A tick is about as long as 16 bytes of code take. */
const STRETCH_TICKS = STRETCH / 16
/** A division takes as long as this many bytes of other code. */
const DIVISION_WEIGHT = 64
/** Growing a memory and throwing are calls into the engine. */
const RUNTIME_TICKS = 2000
/** What a bulk operation costs without its length. */
const BULK_TICKS = 16

/** The charges of a function body in the order of their places; `body` stands behind the locals. */
export function findCharges(body: ByteReader): Charge[] {
  return new ChargeFinder(body).run()
}

class ChargeFinder {
  readonly #body: ByteReader
  readonly #charges: Charge[] = []
  /** The payment of the straight code so far, if it has made one: it pays for what follows as well. */
  #last: Charge | null = null
  /** Per open block: the largest unpaid size with which code may leave it early, or skip it. */
  readonly #carried: number[] = [0]
  /** Bytes that may have run unpaid before the next instruction; unreachable code has none. */
  #unpaid = 0
  #isReachable = true

  constructor(body: ByteReader) {
    this.#body = body
  }

  run(): Charge[] {
    const body = this.#body
    this.#pay(body.at, 1, 'straight')
    while (body.at < body.end) {
      const start = body.at
      const opcode = body.u8()
      const sub = skipImmediates(opcode, body)
      this.#price(opcode, sub, start)
      if (endsStraightCode(opcode)) this.#last = null
      if (this.#isReachable) this.#unpaid += body.at - start + (isDivision(opcode) ? DIVISION_WEIGHT : 0)
      this.#follow(opcode)
      if (this.#unpaid >= STRETCH && body.at < body.end) this.#pay(body.at, STRETCH_TICKS, 'straight')
    }
    return this.#charges
  }

  /** What single instructions cost. */
  #price(opcode: number, sub: number, start: number): void {
    if (opcode === Opcode.Numeric && isBulk(sub)) this.#charges.push({ at: start, kind: 'bulk', ticks: BULK_TICKS })
    else if (isRuntimeCall(opcode)) this.#charges.push({ at: start, kind: 'engine', ticks: RUNTIME_TICKS })
  }

  /** Where control may go from here. */
  #follow(opcode: number): void {
    if (opcode === Opcode.Loop) {
      this.#carried.push(0)
      this.#pay(this.#body.at, 1, 'turn')
    } else if (opcode === Opcode.If) this.#carried.push(this.#unpaid)
    else if (opcode === Opcode.Block) this.#carried.push(0)
    else if (opcode === Opcode.Try || opcode === Opcode.TryTable) this.#carried.push(STRETCH - 1)
    else if (opcode === Opcode.Else || isHandler(opcode)) this.#startArm(opcode)
    else if (opcode === Opcode.End || opcode === Opcode.Delegate) this.#leaveBlock()
    else if (isBranch(opcode)) this.#carry(this.#unpaid)
    if (isTransfer(opcode)) this.#stop()
  }

  #startArm(opcode: number): void {
    this.#carry(this.#unpaid)
    this.#unpaid = opcode === Opcode.Else ? this.#carried.at(-1)! : STRETCH - 1
    this.#isReachable = true
  }

  #leaveBlock(): void {
    const carried = this.#carried.pop() ?? 0
    this.#unpaid = Math.max(this.#unpaid, carried)
    this.#isReachable = true
    // A branch may have gone further out than this block.
    if (this.#carried.length > 0) this.#carry(carried)
  }

  #carry(unpaid: number): void {
    const last = this.#carried.length - 1
    this.#carried[last] = Math.max(this.#carried[last]!, unpaid)
  }

  #stop(): void {
    this.#unpaid = 0
    this.#isReachable = false
  }

  #pay(at: number, ticks: number, kind: ChargeKind): void {
    this.#unpaid = 0
    if (this.#last !== null) this.#last.ticks += ticks
    else this.#charges.push((this.#last = { at, kind, ticks }))
  }
}

/** i32 and i64 div and rem, f32 and f64 sqrt and div. */
function isDivision(opcode: number): boolean {
  if (opcode >= 0x6d && opcode <= 0x70) return true
  if (opcode >= 0x7f && opcode <= 0x82) return true
  return opcode === 0x91 || opcode === 0x95 || opcode === 0x9f || opcode === 0xa3
}

/** throw, rethrow, throw_ref, memory.grow. */
function isRuntimeCall(opcode: number): boolean {
  return isThrow(opcode) || opcode === 0x40
}

/** catch, catch_all. */
function isHandler(opcode: number): boolean {
  return opcode === 0x07 || opcode === 0x19
}

/** What stands behind need not run when this does, or may run without it; in a call anything may happen. */
function endsStraightCode(opcode: number): boolean {
  return opcode <= 0x19 || opcode === Opcode.TryTable || isBranch(opcode)
}
