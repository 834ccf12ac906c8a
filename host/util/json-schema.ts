/** Checks plain data against a JSON Schema and says each fault with its path, what was seen and what is wanted. */
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** One fault; `path` holds object keys and array indexes from the root. */
export interface SchemaFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

const OPTIONS: Options = { allErrors: true, verbose: true, strictTypes: false, allowUnionTypes: true, logger: false }
const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema'

/** Every fault of `value`; throws when the schema is none. Schemas without a draft of their own are read as 2020-12. */
export function checkSchema(schema: object, value: unknown): SchemaFault[] {
  const validate = compile(schema)
  return validate(value) ? [] : (validate.errors ?? []).map(faultOf)
}

/** Anew each time: one instance would keep every schema, and refuse another one of the same `$id`. */
function compile(schema: object): ValidateFunction {
  const { $schema = DRAFT_2020 } = schema as { $schema?: string }
  return new ($schema === DRAFT_2020 ? Ajv2020 : Ajv)(OPTIONS).compile(schema)
}

function faultOf(error: ErrorObject): SchemaFault {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (error.keyword === 'additionalProperties') {
    const { additionalProperty } = error.params as { additionalProperty: string }
    return { path: [...path, additionalProperty], message: 'unknown field' }
  }
  if (error.keyword === 'required')
    return { path, message: `field ${(error.params as { missingProperty: string }).missingProperty} is missing` }
  return { path, message: `seen ${show(error.data)}, ${wanted(error)}` }
}

function wanted({ keyword, message, params }: ErrorObject): string {
  if (keyword === 'type') return `wanted ${[(params as { type: string | string[] }).type].flat().join(' or ')}`
  if (keyword === 'enum') return `wanted ${(params as { allowedValues: unknown[] }).allowedValues.join(' or ')}`
  if (keyword === 'pattern') return `wanted text that matches ${(params as { pattern: string }).pattern}`
  return `wanted: ${message ?? keyword}`
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
