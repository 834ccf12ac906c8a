/**
 * Rewrites a valid module so that it can be stopped: a counter that its code lowers as it runs (see metering.ts) and that
 * traps below zero; maxima for memory and tables; a start function that the host calls when the instance stands.
 * Function and global indexes keep their meaning, custom sections stay, and an offset map leads trap offsets back.
 *
 * The caller has validated the module: an invalid one could name the added global and become valid.
 */
import { MAX_TABLE_ELEMENTS } from '../abi/limits.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter, leb, signedLeb } from './byte-writer.ts'
import { findBlocks, type Block } from './blocks.ts'
import { CounterCode } from './counter-code.ts'
import { meter, type Insertion } from './metering.ts'
import { Section, type ModuleInfo, type SectionRange } from './module-info.ts'
import { OffsetMap } from './offset-map.ts'
import { readTables, spareElements } from './tables.ts'

/** Exports that the rewriter adds; a guest that has them itself is refused as duplicate. */
export const GAS_EXPORT = 'sluice.gas'
export const REFILL_EXPORT = 'sluice.refill'
/** There when the module has a start section. */
export const START_EXPORT = 'sluice.start'
/** Followed by the number of a block: how often it was entered. */
export const BLOCK_EXPORT = 'sluice.block.'

export interface RewriteLimits {
  /** Initial value of the counter, at most 2^31 - 1. */
  readonly gas: number
  readonly memoryPages: number
  /** Every basic block counts its entries, for coverage. */
  readonly countsBlocks: boolean
}

export interface Rewritten {
  readonly bytes: Uint8Array
  readonly offsets: OffsetMap
  /** Those that count: the i-th in the export {@link BLOCK_EXPORT}`i`. */
  readonly blocks: readonly Block[]
}

/** Order of sections in a module; those that may be missing are put in at their place. */
const ORDER: readonly number[] = [
  Section.Type,
  Section.Import,
  Section.Function,
  Section.Table,
  Section.Memory,
  Section.Tag,
  Section.Global,
  Section.Export,
  Section.Start,
  Section.Element,
  Section.DataCount,
  Section.Code,
  Section.Data,
]

const ADDED: readonly number[] = [Section.Type, Section.Function, Section.Global, Section.Export, Section.Code]

/** Throws MalformedModule for what the rewriter does not know. */
export function rewrite(bytes: Uint8Array, info: ModuleInfo, limits: RewriteLimits): Rewritten {
  return new Rewriter(bytes, info, limits).run()
}

class Rewriter {
  readonly #bytes: Uint8Array
  readonly #info: ModuleInfo
  readonly #limits: RewriteLimits
  readonly #out: ByteWriter
  readonly #offsets = new OffsetMap()
  readonly #gasIndex: readonly number[]
  readonly #counter: CounterCode
  readonly #blocks: readonly Block[]
  /** Next of the blocks that does not count yet. */
  #nextBlock = 0
  /** Next of {@link ADDED} that was not written yet. */
  #pending = 0

  constructor(bytes: Uint8Array, info: ModuleInfo, limits: RewriteLimits) {
    this.#bytes = bytes
    this.#info = info
    this.#limits = limits
    this.#out = new ByteWriter(bytes.length + (bytes.length >> 2) + 256)
    this.#gasIndex = leb(info.globals)
    this.#counter = new CounterCode(info.globals)
    this.#blocks = limits.countsBlocks ? findBlocks(bytes, info) : []
  }

  run(): Rewritten {
    this.#out.range(this.#bytes, 0, 8)
    for (const section of this.#info.sections) this.#section(section)
    this.#addMissing(ORDER.length)
    return { bytes: this.#out.result(), offsets: this.#offsets, blocks: this.#blocks }
  }

  #section(section: SectionRange): void {
    const position = ORDER.indexOf(section.id)
    if (position >= 0) this.#addMissing(position)
    if (section.id === ADDED[this.#pending]) {
      this.#pending++
      this.#append(section.id, section)
    } else if (section.id === Section.Memory) this.#memory(section)
    else if (section.id === Section.Table) this.#tables(section)
    else if (section.id !== Section.Start) this.#out.range(this.#bytes, section.start, section.end)
  }

  /** Writes the added sections that the module lacks and that stand before `position`. */
  #addMissing(position: number): void {
    while (this.#pending < ADDED.length && ORDER.indexOf(ADDED[this.#pending]!) < position) {
      this.#append(ADDED[this.#pending++]!, null)
    }
  }

  /** Writes a vector section with what is added at its end. */
  #append(id: number, section: SectionRange | null): void {
    const content = new ByteWriter(section === null ? 64 : section.end - section.contentStart + 64)
    const reader = section === null ? null : new ByteReader(this.#bytes, section.contentStart, section.end)
    content.u32((reader?.u32() ?? 0) + this.#addedEntries(id))
    if (id === Section.Code) return this.#code(content, reader)
    if (reader !== null) content.range(this.#bytes, reader.at, reader.end)
    content.bytes(this.#entry(id))
    this.#blocks.forEach((_, number) => content.bytes(this.#blockEntry(id, number)))
    this.#emit(id, content)
  }

  #entry(id: number): number[] {
    if (id === Section.Type) return [0x60, 1, 0x7f, 0]
    if (id === Section.Function) return leb(this.#info.types.length)
    if (id === Section.Global) return [0x7f, 1, 0x41, ...signedLeb(this.#limits.gas), 0x0b]
    const refill = leb(this.#info.functionTypes.length)
    const added = [...nameBytes(GAS_EXPORT), 3, ...this.#gasIndex, ...nameBytes(REFILL_EXPORT), 0, ...refill]
    return this.#info.start === null ? added : [...added, ...nameBytes(START_EXPORT), 0, ...leb(this.#info.start)]
  }

  #addedEntries(id: number): number {
    if (id === Section.Global) return 1 + this.#blocks.length
    return id === Section.Export ? (this.#info.start === null ? 2 : 3) + this.#blocks.length : 1
  }

  /** The counter of a block, and its export. */
  #blockEntry(id: number, number: number): number[] {
    if (id === Section.Global) return [0x7f, 1, 0x41, 0, 0x0b]
    return id === Section.Export ? [...nameBytes(BLOCK_EXPORT + number), 3, ...this.#counterIndex(number)] : []
  }

  #counterIndex(number: number): number[] {
    return leb(this.#info.globals + 1 + number)
  }

  #emit(id: number, content: ByteWriter): void {
    this.#out.u8(id)
    this.#out.u32(content.length)
    this.#out.bytes(content.result())
  }

  #memory(section: SectionRange): void {
    const reader = new ByteReader(this.#bytes, section.contentStart, section.end)
    const content = new ByteWriter(16)
    content.u32(reader.u32())
    const { flags, min, max } = reader.limits()
    content.u32(flags | 1)
    content.u32(min)
    content.u32(Math.min(max ?? this.#limits.memoryPages, this.#limits.memoryPages))
    this.#emit(Section.Memory, content)
  }

  /** All tables together get {@link MAX_TABLE_ELEMENTS}: what is left above their sizes is shared. */
  #tables(section: SectionRange): void {
    const tables = readTables(this.#bytes, section)
    const spare = spareElements(tables, section)
    const content = new ByteWriter(section.end - section.contentStart + 16)
    content.u32(tables.length)
    for (const { start, limitsStart, min, max, initStart, end } of tables) {
      content.range(this.#bytes, start, limitsStart)
      content.u8(1)
      content.u32(min)
      content.u32(Math.min(max ?? MAX_TABLE_ELEMENTS, min + Math.floor(spare / tables.length)))
      content.range(this.#bytes, initStart, end)
    }
    this.#emit(Section.Table, content)
  }

  #code(content: ByteWriter, reader: ByteReader | null): void {
    const runs: number[] = []
    let index = this.#info.importedFunctions
    while (reader !== null && reader.at < reader.end) this.#body(content, reader, index++, runs)
    const refill = [0, 0x20, 0, 0x24, ...this.#gasIndex, 0x0b]
    content.u32(refill.length)
    content.bytes(refill)
    this.#emit(Section.Code, content)
    const start = this.#out.length - content.length
    for (let i = 0; i < runs.length; i += 2) this.#offsets.add(start + runs[i]!, runs[i + 1]!)
  }

  /** Copies one function body with the charges put in; `runs` gets pairs of new and original offsets. */
  #body(content: ByteWriter, reader: ByteReader, index: number, runs: number[]): void {
    const size = reader.u32()
    const body = new ByteReader(this.#bytes, reader.at, reader.at + size)
    reader.skip(size)
    const localsStart = body.at
    const groups = body.u32()
    const groupsStart = body.at
    let locals = 0
    for (let i = 0; i < groups; i++) {
      locals += body.u32()
      body.valueType()
    }
    const codeStart = body.at
    const params = this.#info.types[this.#info.functionTypes[index]!]!.params.length
    const metering = meter(body, this.#counter, params + locals)
    const head =
      metering.locals > 0
        ? [...leb(groups + 1), ...this.#bytes.subarray(groupsStart, codeStart), ...leb(metering.locals), 0x7f]
        : null
    const headSize = head === null ? codeStart - localsStart : head.length
    const insertions = [...metering.insertions, ...this.#countersUpTo(body.end)].toSorted((left, right) => left.at - right.at)
    content.u32(headSize + (body.end - codeStart) + insertions.reduce((sum, { code }) => sum + code.length, 0))
    if (head === null) content.range(this.#bytes, localsStart, codeStart)
    else content.bytes(head)
    this.#copyCode(content, codeStart, body.end, insertions, runs)
  }

  #copyCode(content: ByteWriter, start: number, end: number, insertions: readonly Insertion[], runs: number[]): void {
    let from = start
    for (const { at, code } of insertions) {
      runs.push(content.length, from)
      content.range(this.#bytes, from, at)
      content.bytes(code)
      from = at
    }
    runs.push(content.length, from)
    content.range(this.#bytes, from, end)
  }

  /** What the next blocks before `end` count with. */
  #countersUpTo(end: number): Insertion[] {
    const insertions: Insertion[] = []
    while (this.#nextBlock < this.#blocks.length && this.#blocks[this.#nextBlock]!.start < end) {
      const { start } = this.#blocks[this.#nextBlock]!
      const counter = this.#counterIndex(this.#nextBlock++)
      insertions.push({ at: start, code: [0x23, ...counter, 0x41, 1, 0x6a, 0x24, ...counter] })
    }
    return insertions
  }
}

function nameBytes(name: string): number[] {
  return [...leb(name.length), ...Buffer.from(name, 'latin1')]
}
