/** What the host needs to know of a module before an engine runs it, read from its bytes (core specification 5.5). */
import { ByteReader, MalformedModule } from './byte-reader.ts'
import type { ModuleItem } from './engine.ts'

/** Section ids. */
export const Section = {
  Custom: 0,
  Type: 1,
  Import: 2,
  Function: 3,
  Table: 4,
  Memory: 5,
  Global: 6,
  Export: 7,
  Start: 8,
  Element: 9,
  Code: 10,
  Data: 11,
  DataCount: 12,
  Tag: 13,
} as const

/** A section's place: `contentStart` is behind id and size. */
export interface SectionRange {
  readonly id: number
  readonly start: number
  readonly contentStart: number
  readonly end: number
}

export interface FunctionSignature {
  readonly params: readonly number[]
  readonly results: readonly number[]
}

/** First page limits of the module's memory, or null when it has none. */
export interface MemoryLimits {
  readonly min: number
  readonly max: number | null
}

export interface ModuleInfo {
  readonly sections: readonly SectionRange[]
  readonly types: readonly FunctionSignature[]
  readonly imports: readonly ModuleItem[]
  readonly exports: readonly ModuleItem[]
  /** Type index of every function, imported ones first. */
  readonly functionTypes: readonly number[]
  readonly importedFunctions: number
  /** Number of globals, imported ones included. */
  readonly globals: number
  readonly memory: MemoryLimits | null
  readonly memoryImported: boolean
  /** Index of the function that the start section names, or null. */
  readonly start: number | null
}

const KINDS = ['function', 'table', 'memory', 'global', 'tag'] as const

/** Reads a module; throws {@link MalformedModule}. */
export function readModuleInfo(bytes: Uint8Array): ModuleInfo {
  const sections = readSections(bytes)
  const parser = new InfoParser()
  for (const section of sections) parser.section(section, new ByteReader(bytes, section.contentStart, section.end))
  return { sections, ...parser.finish() }
}

/** Throws {@link MalformedModule} for a memory that starts with more pages than it may have. */
export function checkMemoryMinimum({ memory, memoryImported, sections }: ModuleInfo, maxPages: number): void {
  if (memory === null || memory.min <= maxPages) return
  const { contentStart } = sections.find(({ id }) => id === (memoryImported ? Section.Import : Section.Memory))!
  throw new MalformedModule(`Memory starts with ${memory.min} pages, the limit is ${maxPages}`, contentStart)
}

/** Offset of the code of a function that the module defines. */
export function readFunctionStart(bytes: Uint8Array, info: ModuleInfo, index: number): number {
  const section = info.sections.find(({ id }) => id === Section.Code)!
  const reader = new ByteReader(bytes, section.contentStart, section.end)
  reader.skipNumber()
  for (let left = index - info.importedFunctions; left > 0; left--) reader.skip(reader.u32())
  reader.skipNumber()
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.skipNumber()
    reader.valueType()
  }
  return reader.at
}

/** A custom section's name and the size of its content. */
export interface CustomSection {
  readonly name: string
  readonly bytes: number
}

/** The custom sections in their order; damaged ones are left out. */
export function readCustomSections(bytes: Uint8Array): CustomSection[] {
  const sections: CustomSection[] = []
  eachCustomSection(bytes, (name, reader) => void sections.push({ name, bytes: reader.end - reader.at }))
  return sections
}

/** Function names of the custom section `name`, by function index; empty when there is none or it is damaged. */
export function readFunctionNames(bytes: Uint8Array): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  eachCustomSection(bytes, (name, reader) => {
    if (name === 'name') readNameSubsections(reader, names)
  })
  return names
}

/** `field: name version` of the custom section `producers` (tool conventions); empty when there is none. */
export function readProducers(bytes: Uint8Array): string[] {
  const producers: string[] = []
  eachCustomSection(bytes, (section, reader) => {
    if (section !== 'producers') return
    for (let fields = reader.u32(); fields > 0; fields--) {
      const field = reader.name()
      for (let values = reader.u32(); values > 0; values--)
        producers.push(`${field}: ${`${reader.name()} ${reader.name()}`.trim()}`)
    }
  })
  return producers
}

/** Damage ends the reading: engines ignore custom sections, and so does what is told from them. */
function eachCustomSection(bytes: Uint8Array, visit: (name: string, reader: ByteReader) => void): void {
  try {
    for (const section of readSections(bytes)) {
      if (section.id !== Section.Custom) continue
      const reader = new ByteReader(bytes, section.contentStart, section.end)
      visit(reader.name(), reader)
    }
  } catch (error) {
    if (!(error instanceof MalformedModule)) throw error
  }
}

function readNameSubsections(reader: ByteReader, names: Map<number, string>): void {
  while (reader.at < reader.end) {
    const id = reader.u8()
    const size = reader.u32()
    if (id !== 1) {
      reader.skip(size)
      continue
    }
    for (let left = reader.u32(); left > 0; left--) names.set(reader.u32(), reader.name())
  }
}

function readSections(bytes: Uint8Array): SectionRange[] {
  if (bytes.length < 8 || Buffer.from(bytes.subarray(0, 8)).toString('hex') !== '0061736d01000000') {
    throw new MalformedModule('Not a WebAssembly module of version 1', 0)
  }
  const reader = new ByteReader(bytes, 8, bytes.length)
  const sections: SectionRange[] = []
  while (reader.at < reader.end) {
    const start = reader.at
    const id = reader.u8()
    const size = reader.u32()
    const contentStart = reader.at
    reader.skip(size)
    sections.push({ id, start, contentStart, end: reader.at })
  }
  return sections
}

class InfoParser {
  readonly #types: FunctionSignature[] = []
  readonly #imports: ModuleItem[] = []
  readonly #exports: ModuleItem[] = []
  readonly #functionTypes: number[] = []
  #importedFunctions = 0
  #globals = 0
  #memory: MemoryLimits | null = null
  #memoryImported = false
  #start: number | null = null

  section(section: SectionRange, reader: ByteReader): void {
    if (section.id === Section.Type) this.#readTypes(reader)
    else if (section.id === Section.Import) this.#readImports(reader)
    else if (section.id === Section.Function) this.#readFunctions(reader)
    else if (section.id === Section.Memory) this.#readMemories(reader)
    else if (section.id === Section.Global) this.#globals += reader.u32()
    else if (section.id === Section.Export) this.#readExports(reader)
    else if (section.id === Section.Start) this.#start = reader.u32()
  }

  finish(): Omit<ModuleInfo, 'sections'> {
    return {
      types: this.#types,
      imports: this.#imports,
      exports: this.#exports,
      functionTypes: this.#functionTypes,
      importedFunctions: this.#importedFunctions,
      globals: this.#globals,
      memory: this.#memory,
      memoryImported: this.#memoryImported,
      start: this.#start,
    }
  }

  #readTypes(reader: ByteReader): void {
    for (let left = reader.u32(); left > 0; left--) {
      const at = reader.at
      if (reader.u8() !== 0x60) throw new MalformedModule('Only function types are supported (no garbage-collected types)', at)
      this.#types.push({ params: valueTypes(reader), results: valueTypes(reader) })
    }
  }

  #readImports(reader: ByteReader): void {
    for (let left = reader.u32(); left > 0; left--) {
      const module = reader.name()
      const name = reader.name()
      const kind = kindOf(reader)
      const type = this.#importType(kind, reader)
      this.#imports.push({ module, name, kind, type })
    }
  }

  #importType(kind: ModuleItem['kind'], reader: ByteReader): string {
    if (kind === 'function') {
      const index = reader.u32()
      this.#functionTypes.push(index)
      this.#importedFunctions++
      return this.#signature(index)
    }
    if (kind === 'memory') this.#setMemory(reader, true)
    else if (kind === 'table') {
      reader.valueType()
      reader.limits()
    } else if (kind === 'global') {
      this.#globals++
      reader.valueType()
      reader.u8()
    } else {
      reader.u8()
      reader.u32()
    }
    return ''
  }

  #readFunctions(reader: ByteReader): void {
    for (let left = reader.u32(); left > 0; left--) this.#functionTypes.push(reader.u32())
  }

  #readMemories(reader: ByteReader): void {
    for (let left = reader.u32(); left > 0; left--) this.#setMemory(reader, false)
  }

  #setMemory(reader: ByteReader, imported: boolean): void {
    const at = reader.at
    const { min, max } = reader.limits()
    if (this.#memory !== null) throw new MalformedModule('More than one memory is not supported', at)
    this.#memory = { min, max }
    this.#memoryImported = imported
  }

  #readExports(reader: ByteReader): void {
    for (let left = reader.u32(); left > 0; left--) {
      const name = reader.name()
      const kind = kindOf(reader)
      const index = reader.u32()
      const type = kind === 'function' ? this.#signature(this.#functionTypes[index] ?? -1) : ''
      this.#exports.push({ module: '', name, kind, type })
    }
  }

  #signature(type: number): string {
    const signature = this.#types[type]
    return signature === undefined ? '' : signatureText(signature)
  }
}

function kindOf(reader: ByteReader): ModuleItem['kind'] {
  const at = reader.at
  const kind = KINDS[reader.u8()]
  if (kind === undefined) throw new MalformedModule('Unknown kind of import or export', at)
  return kind
}

function valueTypes(reader: ByteReader): number[] {
  const types: number[] = []
  for (let left = reader.u32(); left > 0; left--) types.push(reader.valueType())
  return types
}

const TYPE_NAMES = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
])

/** A function type as Envoy's messages print it: `i32 i32 -> i32`, `void -> void`. */
export function signatureText(signature: FunctionSignature): string {
  return `${typeList(signature.params)} -> ${typeList(signature.results)}`
}

function typeList(types: readonly number[]): string {
  return types.length === 0 ? 'void' : types.map((type) => TYPE_NAMES.get(type) ?? 'ref').join(' ')
}
