/** Random values that a JSON schema describes. */
import {
  array,
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  jsonValue,
  oneof,
  record,
  string,
  stringMatching,
  subarray,
  type Arbitrary,
} from 'fast-check'

/** The part of JSON Schema that is followed; what else a schema says only makes more configurations be refused. */
export interface ConfigurationSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly ConfigurationSchema[]
  readonly oneOf?: readonly ConfigurationSchema[]
  readonly properties?: Readonly<Record<string, ConfigurationSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | ConfigurationSchema
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly items?: ConfigurationSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
}

/** Members and items beyond the fewest that a schema asks for. */
const MORE = 3
const MORE_CHARACTERS = 20
/** References that lead deeper end in any value, where the schema asks for one. */
const MAX_DEPTH = 4
const INTEGERS = { min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }

/** Values as the schema describes them, most of them valid; throws RangeError for a reference that leads nowhere. */
export function valuesOf(schema: object): Arbitrary<unknown> {
  return valueOf(schema, new SchemaRoot(schema), 0)
}

/** Resolves references inside a schema. */
class SchemaRoot {
  readonly #root: object

  constructor(root: object) {
    this.#root = root
  }

  /** `#/$defs/name`; throws for any other. */
  resolve(reference: string): ConfigurationSchema {
    const [start, ...path] = reference.split('/')
    let place: unknown = start === '#' ? this.#root : undefined
    for (const name of path) place = (place as Record<string, unknown> | undefined)?.[name]
    if (typeof place !== 'object' || place === null) throw new RangeError(`Bad schema: seen the reference ${reference}`)
    return place
  }
}

function valueOf(schema: ConfigurationSchema, root: SchemaRoot, depth: number): Arbitrary<unknown> {
  if (depth > MAX_DEPTH) return jsonValue()
  if (schema.$ref !== undefined) return valueOf(root.resolve(schema.$ref), root, depth + 1)
  if ('const' in schema) return constant(schema.const)
  if (schema.enum !== undefined) return constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) {
    const { anyOf: _, oneOf: __, ...rest } = schema
    return oneof(...choices.map((choice) => valueOf(joined(rest, choice), root, depth)))
  }
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  return types.length === 0 ? jsonValue() : oneof(...types.map((type) => ofType(type, schema, root, depth)))
}

function joined(one: ConfigurationSchema, other: ConfigurationSchema): ConfigurationSchema {
  return {
    ...one,
    ...other,
    properties: { ...one.properties, ...other.properties },
    required: [...(one.required ?? []), ...(other.required ?? [])],
  }
}

function ofType(type: string, schema: ConfigurationSchema, root: SchemaRoot, depth: number): Arbitrary<unknown> {
  if (type === 'object') return objectOf(schema, root, depth)
  if (type === 'array') {
    const { items = {}, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
    return array(valueOf(items, root, depth), { minLength: minItems, maxLength: Math.min(maxItems, minItems + MORE) })
  }
  if (type === 'string') return textOf(schema)
  if (type === 'boolean') return boolean()
  if (type === 'integer')
    return integer({ min: Math.ceil(schema.minimum ?? INTEGERS.min), max: Math.floor(schema.maximum ?? INTEGERS.max) })
  if (type === 'number') return double({ min: schema.minimum ?? -1e300, max: schema.maximum ?? 1e300, noNaN: true })
  return constant(null)
}

function objectOf(schema: ConfigurationSchema, root: SchemaRoot, depth: number): Arbitrary<object> {
  const { properties = {}, required = [], additionalProperties = true, minProperties = 0, maxProperties } = schema
  const leadsOn = (name: string): boolean => depth < MAX_DEPTH || properties[name]!.$ref === undefined
  const names = Object.keys(properties).filter((name) => required.includes(name) || leadsOn(name))
  if (names.length === 0) {
    const values = typeof additionalProperties === 'object' ? additionalProperties : {}
    const limits = { minKeys: minProperties, maxKeys: Math.min(maxProperties ?? Number.POSITIVE_INFINITY, minProperties + MORE) }
    return dictionary(string(), valueOf(values, root, depth), limits)
  }
  const members = Object.fromEntries(names.map((name) => [name, valueOf(properties[name]!, root, depth)]))
  const needed = names.filter((name) => required.includes(name))
  if (minProperties === 0 && maxProperties === undefined) return record(members, { requiredKeys: needed })
  const others = names.filter((name) => !required.includes(name))
  const fewest = Math.min(others.length, Math.max(0, minProperties - needed.length))
  const most = Math.max(fewest, Math.min(others.length, (maxProperties ?? names.length) - needed.length))
  const chosen = subarray(others, { minLength: fewest, maxLength: most })
  return chosen.chain((some) => record(Object.fromEntries([...needed, ...some].map((name) => [name, members[name]!]))))
}

/** A pattern that cannot be followed is left out. */
function textOf({ pattern, minLength = 0, maxLength = minLength + MORE_CHARACTERS }: ConfigurationSchema): Arbitrary<string> {
  const any = string({ unit: 'binary', minLength, maxLength })
  if (pattern === undefined) return any
  try {
    return stringMatching(new RegExp(pattern))
  } catch {
    return any
  }
}
