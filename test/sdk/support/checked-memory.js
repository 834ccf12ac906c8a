// Compiler transform for tests: the SDK with checked memory. Its allocator is wrapped in
// checked-allocator.ts, and its arena has no static block, so that each of its allocations is
// a guarded block of its own, freed and filled when the callback ends.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ALLOCATOR = '~lib/@sluice/sdk/runtime/allocator.ts'
const ARENA = '~lib/@sluice/sdk/abi/arena.ts'
const CHECKED = '~lib/@sluice/sdk/runtime/checked-allocator.ts'
const GLOBAL = /\/\/ @ts-ignore: decorator\n@global @unsafe\n/g

const plain = readFileSync(join(import.meta.dirname, '../../../sdk/runtime/allocator.ts'), 'utf8')
const checks = readFileSync(join(import.meta.dirname, '../guests/checked-allocator.ts'), 'utf8')
const renamed = plain.replace(GLOBAL, '').replaceAll('__alloc', 'plainAlloc').replaceAll('__free', 'plainFree')

/** Wraps allocator and arena; asc makes one instance per compilation. */
export default class CheckedMemory {
  /** @param {import("assemblyscript").Parser} parser */
  afterParse(parser) {
    for (const source of parser.sources) {
      if (source.normalizedPath === ALLOCATOR) source.statements = []
      if (source.normalizedPath === ARENA) emptyBlock(source.statements)
    }
    parser.parseFile(`${renamed}\n${checks}`, CHECKED, false)
  }
}

/** `BLOCK_BYTES` gets the literal 0 of `heapBlocks`. */
function emptyBlock(statements) {
  const declarations = statements.flatMap((statement) => statement.declarations ?? [])
  const named = (name) => declarations.find((declaration) => declaration.name?.text === name)
  named('BLOCK_BYTES').initializer = named('heapBlocks').initializer
}
