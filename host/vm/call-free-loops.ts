/**
 * The loops of a function body in which nothing is called and nothing thrown, the outermost of them: while one runs nobody
 * else sees the counter, so its code may count in a local.
 */
import type { ByteReader } from './byte-reader.ts'
import { isBranch, isCall, isThrow } from './control-flow.ts'
import { Opcode, skipImmediates } from './instructions.ts'

export interface CallFreeLoop {
  /** Offset of its instruction. */
  readonly start: number
  /** Offset behind its `end`. */
  readonly end: number
  /** Offsets of the branches and returns in it that may leave it, ascending. */
  readonly exits: readonly number[]
  /** Offsets of the branches in it that may begin another turn of it or of a loop in it, ascending. */
  readonly turns: readonly number[]
}

/** Not in one another, ascending; `body` stands behind the locals. */
export function findCallFreeLoops(body: ByteReader): CallFreeLoop[] {
  return new LoopFinder(body).run()
}

/** A block that has not ended yet. */
interface OpenBlock {
  readonly opcode: number
  readonly start: number
  /** How many loops and branches stand before it. */
  readonly loops: number
  readonly branches: number
  hasCall: boolean
}

interface FoundLoop {
  readonly start: number
  readonly end: number
  /** How many blocks are around it. */
  readonly nesting: number
  readonly firstBranch: number
  readonly endBranch: number
}

/** A branch to the block with `target` blocks around it. */
interface Branch {
  readonly at: number
  readonly target: number
  readonly isTurn: boolean
}

class LoopFinder {
  readonly #body: ByteReader
  readonly #open: OpenBlock[] = []
  readonly #branches: Branch[] = []
  readonly #loops: FoundLoop[] = []

  constructor(body: ByteReader) {
    this.#body = body
  }

  run(): CallFreeLoop[] {
    const body = this.#body
    while (body.at < body.end) {
      const start = body.at
      const opcode = body.u8()
      if (isBranch(opcode)) this.#branch(opcode, start)
      else skipImmediates(opcode, body)
      this.#follow(opcode, start)
    }
    // Once the loops around them are known, each branch is looked at once: a module may be made to waste time.
    return this.#loops.map(({ start, end, nesting, firstBranch, endBranch }) => {
      const branches = this.#branches.slice(firstBranch, endBranch)
      const exits = branches.filter(({ target }) => target < nesting).map(({ at }) => at)
      return { start, end, exits, turns: branches.filter(({ isTurn }) => isTurn).map(({ at }) => at) }
    })
  }

  #follow(opcode: number, start: number): void {
    if (opcode === Opcode.Return) this.#branches.push({ at: start, target: -1, isTurn: false })
    else if (opcode === Opcode.End || opcode === Opcode.Delegate) this.#close()
    else if (isBlock(opcode)) {
      const { length: loops } = this.#loops
      this.#open.push({ opcode, start, loops, branches: this.#branches.length, hasCall: false })
    } else if ((isCall(opcode) || isThrow(opcode)) && this.#open.length > 0) this.#open.at(-1)!.hasCall = true
  }

  /** The end of the function closes no block. */
  #close(): void {
    const block = this.#open.pop()
    if (block === undefined) return
    if (block.hasCall) {
      if (this.#open.length > 0) this.#open.at(-1)!.hasCall = true
    } else if (block.opcode === Opcode.Loop) {
      this.#loops.length = block.loops
      const nesting = this.#open.length
      const endBranch = this.#branches.length
      this.#loops.push({ start: block.start, end: this.#body.at, nesting, firstBranch: block.branches, endBranch })
    }
  }

  #branch(opcode: number, at: number): void {
    const target = this.#open.length - 1 - this.#outermost(opcode)
    this.#branches.push({ at, target, isTurn: opcode === Opcode.BranchTable || this.#open[target]?.opcode === Opcode.Loop })
  }

  /** The depth of the outermost label that a branch names; reads its immediates. */
  #outermost(opcode: number): number {
    const body = this.#body
    if (opcode !== Opcode.BranchTable) return body.u32()
    let depth = 0
    for (let left = body.u32() + 1; left > 0; left--) depth = Math.max(depth, body.u32())
    return depth
  }
}

function isBlock(opcode: number): boolean {
  return (opcode >= Opcode.Block && opcode <= Opcode.If) || opcode === Opcode.Try || opcode === Opcode.TryTable
}
