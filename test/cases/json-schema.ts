/**
 * The part of JSON Schema that `schema.json` uses, checked against plain data. `properties`, `required` and
 * `additionalProperties` act on objects, `items` and the length limits on arrays, `pattern` on strings: a value of
 * several allowed types is checked by the keywords of the type that it has.
 */

/** A schema, or the part of one. */
export interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
}

/** One fault; `path` holds object keys and array indexes from the root. */
export interface SchemaFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** Every fault of `value`, in document order. */
export function checkSchema(schema: Schema, value: unknown): SchemaFault[] {
  const faults: SchemaFault[] = []
  visit(schema, schema, value, [], faults)
  return faults
}

type Path = readonly (string | number)[]

function visit(root: Schema, schema: Schema, value: unknown, path: Path, faults: SchemaFault[]): void {
  if (schema.$ref !== undefined) return visit(root, resolve(root, schema.$ref), value, path, faults)
  const type = typeOf(value)
  if (schema.type !== undefined && ![schema.type].flat().includes(type)) {
    faults.push({ path, message: `seen ${show(value)}, wanted ${[schema.type].flat().join(' or ')}` })
    return
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    faults.push({ path, message: `seen ${show(value)}, wanted ${schema.enum.join(' or ')}` })
  if (type === 'string') checkText(schema, value as string, path, faults)
  if (type === 'array') checkItems(root, schema, value as unknown[], path, faults)
  if (type === 'object') checkFields(root, schema, value as Record<string, unknown>, path, faults)
}

function checkText(schema: Schema, value: string, path: Path, faults: SchemaFault[]): void {
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    faults.push({ path, message: `seen ${show(value)}, wanted text that matches ${schema.pattern}` })
}

function checkItems(root: Schema, schema: Schema, items: readonly unknown[], path: Path, faults: SchemaFault[]): void {
  const { minItems = 0, maxItems = Infinity } = schema
  if (items.length < minItems || items.length > maxItems)
    faults.push({
      path,
      message: `seen ${items.length} items, wanted ${minItems === maxItems ? minItems : `at least ${minItems}`}`,
    })
  if (schema.items === undefined) return
  for (const [index, item] of items.entries()) visit(root, schema.items, item, [...path, index], faults)
}

function checkFields(root: Schema, schema: Schema, fields: Record<string, unknown>, path: Path, faults: SchemaFault[]): void {
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(fields, name)) faults.push({ path, message: `field ${name} is missing` })
  const properties = schema.properties ?? {}
  for (const [name, value] of Object.entries(fields)) {
    const known = Object.hasOwn(properties, name) ? properties[name]! : schema.additionalProperties
    if (known === false)
      faults.push({ path: [...path, name], message: `unknown field, wanted ${Object.keys(properties).join(', ')}` })
    else if (typeof known === 'object') visit(root, known, value, [...path, name], faults)
  }
}

function resolve(root: Schema, ref: string): Schema {
  const found = root.$defs?.[ref.replace('#/$defs/', '')]
  if (found === undefined) throw new Error(`the schema has no ${ref}`)
  return found
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
