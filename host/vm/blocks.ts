/**
 * The basic blocks of a module's functions, for coverage: straight code that is entered at its start and left at its
 * end. Calls do not end a block, so a trap in one counts as if the block had run whole.
 */
import { ByteReader } from './byte-reader.ts'
import { isTransfer } from './control-flow.ts'
import { Opcode, skipImmediates } from './instructions.ts'
import { Section, type ModuleInfo } from './module-info.ts'

/** Code from `start` to `end`, offsets in the module as it was given. */
export interface Block {
  readonly start: number
  readonly end: number
  /** Number of the block that decides with its last instruction whether this one is entered; null = none does. */
  readonly decidedBy: number | null
}

const BR_IF = 0x0d

/** The blocks of all functions in the order of their places; code that cannot be reached has none. */
export function findBlocks(bytes: Uint8Array, info: ModuleInfo): Block[] {
  const section = info.sections.find(({ id }) => id === Section.Code)
  const blocks: Block[] = []
  if (section === undefined) return blocks
  const reader = new ByteReader(bytes, section.contentStart, section.end)
  for (let left = reader.u32(); left > 0; left--) {
    const size = reader.u32()
    const body = new ByteReader(bytes, reader.at, reader.at + size)
    reader.skip(size)
    skipLocals(body)
    new BlockFinder(body, blocks).run()
  }
  return blocks
}

function skipLocals(body: ByteReader): void {
  for (let groups = body.u32(); groups > 0; groups--) {
    body.u32()
    body.valueType()
  }
}

class BlockFinder {
  readonly #body: ByteReader
  readonly #blocks: Block[]
  #start: number
  #decidedBy: number | null = null
  #isReachable = true

  constructor(body: ByteReader, blocks: Block[]) {
    this.#body = body
    this.#blocks = blocks
    this.#start = body.at
  }

  run(): void {
    const body = this.#body
    while (body.at < body.end) {
      const opcode = body.u8()
      skipImmediates(opcode, body)
      if (opcode === Opcode.If || opcode === BR_IF) this.#split(true, true)
      else if (isTransfer(opcode)) this.#split(false, false)
      else if (isBoundary(opcode)) this.#split(true, false)
    }
  }

  /** Ends the block behind the instruction that was read. */
  #split(isReachable: boolean, decides: boolean): void {
    const { at, end } = this.#body
    const wasReachable = this.#isReachable
    if (wasReachable && at > this.#start) this.#blocks.push({ start: this.#start, end: at, decidedBy: this.#decidedBy })
    this.#decidedBy = decides && wasReachable ? this.#blocks.length - 1 : null
    this.#start = at
    // Code behind a decision that is never reached is never reached either.
    this.#isReachable = isReachable && at < end && (wasReachable || !decides)
  }
}

/** Where code from elsewhere may come in: loop, else, catch, end, delegate, catch_all, br_on_null and the like. */
function isBoundary(opcode: number): boolean {
  if (opcode === Opcode.Loop || opcode === Opcode.Else || opcode === Opcode.End || opcode === Opcode.Delegate) return true
  return (
    opcode === 0x07 ||
    opcode === 0x19 ||
    opcode === Opcode.TryTable ||
    opcode === Opcode.Try ||
    opcode === 0xd5 ||
    opcode === 0xd6
  )
}
