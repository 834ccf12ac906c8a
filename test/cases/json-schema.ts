/** Checks plain data against a JSON Schema and says each fault with its path, what was seen and what is wanted. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'

/** One fault; `path` holds object keys and array indexes from the root. */
export interface SchemaFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true, strictTypes: false, allowUnionTypes: true })

/** Every fault of `value`. */
export function checkSchema(schema: object, value: unknown): SchemaFault[] {
  const validate = ajv.compile(schema)
  return validate(value) ? [] : (validate.errors ?? []).map(faultOf)
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
