/** Where a filter's schema is looked for when nobody names it. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseSchema, type FilterSchema } from './filter-config.ts'

const NAME = 'schema.json'

/**
 * The schema of a module's file, or null: `<name>.schema.json` beside it; `<name>/schema.json` beside its folder, as in
 * `@sluice/filters`; `schema.json` beside it or beside its folder, as in a project. Throws SLUICE_FILTER_SCHEMA.
 */
export function findSchema(module: string): FilterSchema | null {
  const folder = dirname(module)
  const name = basename(module).replace(/\.wasm$/, '')
  const places = [join(folder, `${name}.${NAME}`), join(folder, '..', name, NAME), join(folder, NAME), join(folder, '..', NAME)]
  const path = places.find((place) => existsSync(place))
  return path === undefined ? null : readSchema(path)
}

/** Throws SLUICE_FILTER_SCHEMA, or what the file system says. */
export function readSchema(path: string): FilterSchema {
  return parseSchema(path, readFileSync(path, 'utf8'))
}
