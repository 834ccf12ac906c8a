/**
 * Which lines and branches of AssemblyScript sources the tests have run, through the source maps of the modules. Blocks
 * of the compiled code count their entries; what the compiler left out does not appear.
 *
 *     const coverage = new Coverage()
 *     const host = createTestHost({ filters: […], coverage })
 *     …
 *     writeFileSync('coverage/lcov.info', coverage.lcov())
 */
import type { PluginConfig } from '../../config/types.ts'
import type { Engine } from '../../vm/engine.ts'
import type { Block } from '../../vm/blocks.ts'
import { GuestSourceMap } from '../../vm/source-map.ts'
import { V8Engine, type BlockObserver } from '../../vm/v8.ts'
import { lcovText, summaryText } from './report.ts'
import { FileCoverage } from './file-coverage.ts'

/** Collects from any number of test hosts. Modules without a source map beside them are not seen. */
export class Coverage implements BlockObserver {
  /** Runs the guests: counting costs time. */
  readonly engine: Engine = new V8Engine(this)
  readonly #instances: Instance[] = []
  readonly #maps = new Map<Uint8Array, GuestSourceMap>()
  readonly #includes: (file: string) => boolean

  /** `includes` chooses source files by their names; default: all but those of packages and of the compiler's library. */
  constructor(includes: (file: string) => boolean = isOwn) {
    this.#includes = includes
  }

  /** Called by test hosts: where the code of a plugin comes from. */
  addSource({ code, sourceMap }: PluginConfig): void {
    if (sourceMap !== null) this.#maps.set(code, GuestSourceMap.of(sourceMap))
  }

  instantiated(code: Uint8Array, blocks: readonly Block[], countOf: (block: number) => number): void {
    this.#instances.push({ code, blocks, countOf })
  }

  /** What has run so far, by file. */
  files(): FileCoverage[] {
    const files = new Map<string, FileCoverage>()
    for (const instance of this.#instances) {
      const map = this.#mapOf(instance.code)
      if (map !== null) this.#collect(instance, map, files)
    }
    return [...files.values()].toSorted((a, b) => (a.file < b.file ? -1 : 1))
  }

  /** The format of lcov (`geninfo(1)`): lines and branches, for the tools that show coverage. */
  lcov(): string {
    return lcovText(this.files())
  }

  /** A table for people: shares of lines and branches, and the lines that never ran. */
  summary(): string {
    return summaryText(this.files())
  }

  /** Equal modules may have been compiled from another copy of the bytes. */
  #mapOf(code: Uint8Array): GuestSourceMap | null {
    const known = this.#maps.get(code)
    if (known !== undefined) return known
    for (const [bytes, map] of this.#maps) if (Buffer.compare(bytes, code) === 0) return map
    return null
  }

  #collect({ blocks, countOf }: Instance, map: GuestSourceMap, files: Map<string, FileCoverage>): void {
    blocks.forEach((block, index) => {
      const count = countOf(index)
      for (const segment of segmentsIn(block, map)) {
        if (this.#includes(segment.file)) fileOf(segment.file, files).addLine(segment.line, segment.start, count)
      }
      if (block.decidedBy !== null) this.#addBranch(block, count, countOf(block.decidedBy), map, files)
    })
  }

  /** One decision has two branches: into this block, and past it. */
  #addBranch(block: Block, taken: number, decisions: number, map: GuestSourceMap, files: Map<string, FileCoverage>): void {
    const segment = map.segmentAt(block.start - 1)
    if (segment === null || !this.#includes(segment.file)) return
    fileOf(segment.file, files).addBranch(segment.line, block.start, [taken, Math.max(0, decisions - taken)])
  }
}

interface Instance {
  readonly code: Uint8Array
  readonly blocks: readonly Block[]
  readonly countOf: (block: number) => number
}

function fileOf(name: string, files: Map<string, FileCoverage>): FileCoverage {
  let file = files.get(name)
  if (file === undefined) files.set(name, (file = new FileCoverage(name)))
  return file
}

/** Segments that begin inside the block. */
function* segmentsIn({ start, end }: Block, map: GuestSourceMap): Generator<{ file: string; line: number; start: number }> {
  let last = -1
  for (let at = start; at < end; at++) {
    const segment = map.segmentAt(at)
    if (segment === null || segment.start < start || segment.start === last) continue
    last = segment.start
    yield segment
  }
}

function isOwn(file: string): boolean {
  return !file.startsWith('@') && !file.startsWith('assemblyscript/') && !file.startsWith('node_modules/')
}
