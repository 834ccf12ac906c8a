/**
 * Cases a second time, with the chain as one module: the filters of a bundle must do what they do as modules of their
 * own, so the steps and what they expect stay as they are.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/checks/sources.ts'
import type { Case, ChainFilter, Step, Table } from '../../host/testing/cases/table.ts'

/** Finds the module that holds all of these filters. */
export type BundleOf = (filters: readonly string[]) => string

const bundles = JSON.parse(readFileSync(join(root, 'filters/bundles.json'), 'utf8')) as Record<string, string[]>

/** The bundle of the suite that holds all of these filters. */
export const suiteBundle: BundleOf = (filters) => {
  const found = Object.entries(bundles).find(([, names]) => filters.every((filter) => names.includes(filter)))
  if (found === undefined) throw new Error(`no bundle of filters/bundles.json holds ${filters.join(' and ')}`)
  return found[0]
}

/** The table with each case twice: as a chain of modules, then as a bundle. */
export function withBundles(table: Table, bundleOf: BundleOf = suiteBundle): Table {
  return { ...table, cases: table.cases.flatMap((one) => [one, bundled(one, bundleOf)]) }
}

function bundled(one: Case, bundleOf: BundleOf): Case {
  const id = `${one.id}-bundle`
  return {
    ...one,
    id,
    title: `${one.title} (bundle)`,
    chain: [{ filter: bundleOf(one.chain.map(({ filter }) => filter)), config: JSON.stringify(one.chain.map(entryOf)) }],
    subject: 0,
    steps: one.steps.map((step) => renamed(step, one.id, id)),
  }
}

/** JSON goes into the list as it is; other text as a string, which reaches the filter as what it says. */
function entryOf({ filter, config }: ChainFilter): object {
  if (config === null) return { name: filter }
  try {
    const value: unknown = JSON.parse(config)
    return { name: filter, configuration: typeof value === 'string' ? config : value }
  } catch {
    return { name: filter, configuration: config }
  }
}

/** The proxy's own statistics of a plugin bear the name of the case. */
function renamed(step: Step, from: string, to: string): Step {
  if (step.kind !== 'stats') return step
  const values = Object.entries(step.values).map(([name, value]) => [name.replace(`wasm.${from}.`, `wasm.${to}.`), value])
  return { ...step, values: Object.fromEntries(values) as Record<string, number> }
}
