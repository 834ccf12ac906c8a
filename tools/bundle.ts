/**
 * `npm run node -- tools/bundle.ts OUTPUT.wasm FILTER...`: several filters as one module (docs/BUNDLES.md). FILTER is a filter of the
 * suite, or `name=folder` for one of your own; its `index.ts` registers one root.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { root } from './checks/sources.ts'
import { compileFilter, type Compilation } from './compile-filter.ts'

/** A filter by the name that configurations of the bundle use. */
export interface NamedFilter {
  readonly name: string
  readonly folder: string
}

const NAME = /^[a-z0-9][a-z0-9._-]*$/

/** Reads `name` or `name=folder`; throws when there is no such filter. */
export function namedFilter(text: string): NamedFilter {
  const [name = '', folder = join(root, 'filters', name)] = text.split('=')
  if (!NAME.test(name)) throw new Error(`filter '${text}': wanted a name of the suite, or name=folder`)
  if (!existsSync(join(folder, 'index.ts'))) throw new Error(`filter '${name}': seen no ${join(folder, 'index.ts')}`)
  return { name, folder: resolve(folder) }
}

/** The source of a bundle, for a file in `folder`: the bundle first, then each filter, then their names in that order. */
export function registration(filters: readonly NamedFilter[], folder: string): string {
  const path = (filter: NamedFilter): string => {
    const relativePath = relative(folder, join(filter.folder, 'index'))
    return relativePath.startsWith('.') ? relativePath : `./${relativePath}`
  }
  return [
    '// Made by tools/bundle.ts.',
    'import { utf8 } from "@sluice/sdk";',
    'import { registerBundle } from "@sluice/sdk/bundle";',
    ...filters.map((filter) => `export * from "${path(filter)}";`),
    '',
    `registerBundle([${filters.map(({ name }) => `utf8("${name}")`).join(', ')}]);`,
    '',
  ].join('\n')
}

/** Writes the source beside the module and compiles it; rejects when a filter is named twice. */
export async function buildBundle(output: string, filters: readonly NamedFilter[]): Promise<Compilation> {
  const names = filters.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new Error(`${output}: ${twice} is named twice: one filter may stand in a configuration several times`)
  const source = output.replace(/\.wasm$/, '.ts')
  mkdirSync(dirname(output), { recursive: true })
  writeFileSync(source, registration(filters, dirname(resolve(output))))
  return compileFilter(relative(root, source), relative(root, output))
}

if (import.meta.main) {
  const [output, ...filters] = process.argv.slice(2)
  try {
    if (output === undefined || !output.endsWith('.wasm') || filters.length === 0)
      throw new Error('wanted: tools/bundle.ts OUTPUT.wasm FILTER...')
    const { fault } = await buildBundle(resolve(output), filters.map(namedFilter))
    if (fault !== null) throw new Error(fault)
    console.log(`${output}: ${filters.length} filters`)
  } catch (error) {
    console.error(`sluice: ${(error as Error).message}`)
    process.exitCode = 2
  }
}
