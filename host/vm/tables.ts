/** The table section, as far as limits of tables need it. */
import { MAX_TABLE_ELEMENTS } from '../abi/limits.ts'
import { ByteReader, MalformedModule } from './byte-reader.ts'
import { skipExpression } from './instructions.ts'
import type { SectionRange } from './module-info.ts'

/** What tables may hold: references that the host gives none of. */
const TABLE_TYPES: ReadonlySet<number> = new Set([0x70, 0x6f])
/** Typed references carry a heap type; tables of those to functions have the type index or 0x70 in it. */
const TYPED_REFERENCES: ReadonlySet<number> = new Set([0x63, 0x64])

/** One entry of the table section; the initial value of its elements stands in `[initStart, end)`, if there is one. */
export interface TableEntry {
  readonly start: number
  readonly limitsStart: number
  readonly min: number
  readonly max: number | null
  readonly initStart: number
  readonly end: number
}

/** An engine that limits each table alone must not multiply the limit by any number. */
const MAX_TABLES = 100

/** Reads the table section; throws {@link MalformedModule} for too many tables, and for what tables may not hold. */
export function readTables(bytes: Uint8Array, section: SectionRange): TableEntry[] {
  const reader = new ByteReader(bytes, section.contentStart, section.end)
  const length = reader.u32()
  if (length > MAX_TABLES) throw new MalformedModule(`More than ${MAX_TABLES} tables`, section.contentStart)
  return Array.from({ length }, () => readTable(reader))
}

/** How many elements all tables together may grow by; throws {@link MalformedModule} when they start with too many. */
export function spareElements(tables: readonly TableEntry[], section: SectionRange): number {
  const spare = MAX_TABLE_ELEMENTS - tables.reduce((sum, { min }) => sum + min, 0)
  if (spare >= 0) return spare
  throw new MalformedModule(`Tables start with more than ${MAX_TABLE_ELEMENTS} elements`, section.contentStart)
}

function readTable(reader: ByteReader): TableEntry {
  const start = reader.at
  const hasInit = reader.bytes[start] === 0x40
  if (hasInit) reader.skip(2)
  readTableType(reader)
  const limitsStart = reader.at
  const { min, max } = reader.limits()
  const initStart = reader.at
  if (hasInit) skipExpression(reader)
  return { start, limitsStart, min, max, initStart, end: reader.at }
}

/** References to exceptions would keep whatever a guest throws. */
function readTableType(reader: ByteReader): void {
  const at = reader.at
  const type = reader.u8()
  const heapType = TYPED_REFERENCES.has(type) ? reader.u8() : type
  while (TYPED_REFERENCES.has(type) && reader.bytes[reader.at - 1]! >= 0x80) reader.skip(1)
  const isFunction = TYPED_REFERENCES.has(type) && (heapType < 0x40 || heapType >= 0x80)
  if (!isFunction && !TABLE_TYPES.has(heapType))
    throw new MalformedModule('Tables hold functions and external references only', at)
}
