/** Finds the place of a path in the texts that were merged into one configuration. */
import { toSnakeCase } from './path.ts'
import type { ConfigPath, PathStep } from './path.ts'
import type { Position, Tree } from './tree.ts'

interface Found {
  readonly at: Position
  readonly tree: Tree
}

/**
 * The position of the deepest step that stands in a text; null when not even the first does. Lists of later texts
 * continue those of earlier ones, and later values win, as when messages are merged.
 */
export function locate(trees: readonly Tree[], path: ConfigPath): Position | null {
  let current: readonly Found[] = trees.map((tree) => ({ at: tree.at, tree }))
  let position: Position | null = null
  for (const step of path) {
    current = advance(current, step)
    const last = current[current.length - 1]
    if (last === undefined) return position
    position = last.at
  }
  return position
}

function advance(current: readonly Found[], step: PathStep): readonly Found[] {
  if (typeof step === 'number') return listItem(current, step)
  const name = typeof step === 'string' ? step : step.key
  const isSame = (key: string): boolean => key === name || (typeof step === 'string' && toSnakeCase(key) === name)
  return current.flatMap(({ tree }) => (tree.kind === 'map' ? entriesOf(tree, isSame) : []))
}

function entriesOf(tree: Tree & { kind: 'map' }, isSame: (key: string) => boolean): Found[] {
  return tree.entries.filter((entry) => isSame(entry.key)).map((entry) => ({ at: entry.at, tree: entry.value }))
}

function listItem(current: readonly Found[], index: number): readonly Found[] {
  const items = current.flatMap(({ tree }) => (tree.kind === 'list' ? tree.items : []))
  const item = items[index]
  return item === undefined ? [] : [{ at: item.at, tree: item }]
}
