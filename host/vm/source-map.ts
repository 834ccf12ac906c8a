/**
 * Leads offsets in a module to lines of its source, by a source map whose columns are byte offsets on one line (the
 * WebAssembly convention of source maps, version 3).
 */
import { SourceMap, type SourceMapPayload } from 'node:module'

/** How AssemblyScript names sources of packages and of its own library. */
const LIBRARY = '~lib/'
const STANDARD_LIBRARY = 'assemblyscript/std/assembly/'

/** Maps that were read before; reading one takes milliseconds, and every new VM of a module has the same bytes. */
const known = new WeakMap<Uint8Array, GuestSourceMap>()

/** Where code from `start` on comes from; line and column from 1. */
export interface SourceSegment {
  readonly start: number
  readonly file: string
  readonly line: number
  readonly column: number
}

export class GuestSourceMap {
  readonly #map: SourceMap | null

  private constructor(bytes: Uint8Array) {
    this.#map = parse(bytes)
  }

  /** The map in `bytes`; one that cannot be read knows no position. */
  static of(bytes: Uint8Array): GuestSourceMap {
    const before = known.get(bytes)
    if (before !== undefined) return before
    const map = new GuestSourceMap(bytes)
    known.set(bytes, map)
    return map
  }

  /** `file:line:column`, both from 1, or null. */
  positionOf(offset: number): string | null {
    const segment = this.segmentAt(offset)
    return segment === null ? null : `${segment.file}:${segment.line}:${segment.column}`
  }

  /** The segment that an offset belongs to, or null: code that the compiler made has no source. */
  segmentAt(offset: number): SourceSegment | null {
    const entry = this.#map?.findEntry(0, offset)
    if (entry === undefined || !('originalSource' in entry) || typeof entry.originalSource !== 'string') return null
    const { generatedColumn, originalSource, originalLine, originalColumn } = entry
    return { start: generatedColumn, file: fileName(originalSource), line: originalLine + 1, column: originalColumn + 1 }
  }
}

function parse(bytes: Uint8Array): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(Buffer.from(bytes).toString('utf8')) as SourceMapPayload)
  } catch {
    return null
  }
}

/** `~lib/@sluice/sdk/x.ts` stands for the file of a package, `~lib/rt/x.ts` for one of the compiler. */
function fileName(source: string): string {
  const at = source.indexOf(LIBRARY)
  if (at < 0) return source
  const name = source.slice(at + LIBRARY.length)
  return name.startsWith('@') ? name : STANDARD_LIBRARY + name
}
