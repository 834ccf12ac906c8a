/** A filter's configuration against the filter's own schema, before a proxy sees either. */
import { SluiceError } from '../errors.ts'
import { attempt } from '../util/attempt.ts'
import { checkSchema, type SchemaFault } from '../util/json-schema.ts'

/** A schema and the file that it was read from. */
export interface FilterSchema {
  readonly path: string
  readonly schema: object
}

/** Reads a schema's text; throws SLUICE_FILTER_SCHEMA. */
export function parseSchema(path: string, text: string): FilterSchema {
  return attempt('SLUICE_FILTER_SCHEMA', 'Not a JSON Schema', { path }, () => {
    const schema: unknown = JSON.parse(text)
    if (typeof schema !== 'object' || schema === null) throw new TypeError('it is no JSON object')
    checkSchema(schema, {})
    return { path, schema }
  })
}

/**
 * Every fault of a configuration, by its path. Field names may be written as the schema has them or, as in protobuf's
 * JSON, in camelCase. A text is judged as the JSON that it holds. `place` begins the paths, where there are several.
 */
export function configFaults({ path, schema }: FilterSchema, config: unknown, place = ''): SluiceError[] {
  const value = typeof config === 'string' ? parsed(config) : config
  const faults = checkSchema(schema, value)
  if (faults.length === 0) return []
  const others = checkSchema(schema, withSnakeCase(value))
  const fewer = others.length < faults.length ? others : faults
  return fewer.map((fault) => toFilterError(fault, path, place))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function withSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSnakeCase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeCase(key), withSnakeCase(inner)]))
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function toFilterError({ path, message }: SchemaFault, schema: string, place: string): SluiceError {
  const next = `the schema is ${schema}`
  return new SluiceError('SLUICE_FILTER_CONFIG', message, { path: `${place} ${pathText(path)}`.trimStart(), next })
}

/** `limits[0].token_bucket`; the root is `configuration`. */
function pathText(path: readonly (string | number)[]): string {
  const parts = path.map((part) => (/^\d+$/.test(String(part)) ? `[${part}]` : `.${part}`))
  return parts.join('').replace(/^\./, '') || 'configuration'
}
