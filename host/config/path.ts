/** Paths inside a configuration: field names as in the .proto files, list indexes and map keys. */

/** A step of a path: a field name, an index of a list, or a key of a map. */
export type PathStep = string | number | { readonly key: string }

/** Steps from the root message; a message inside an `Any` continues the path of the `Any`. */
export type ConfigPath = readonly PathStep[]

/** The text form: `static_resources.listeners[0].name`, map keys as `["key"]`. */
export function formatPath(path: ConfigPath): string {
  let text = ''
  for (const step of path) text += formatStep(step, text === '')
  return text
}

function formatStep(step: PathStep, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step === 'object') return `[${JSON.stringify(step.key)}]`
  return isFirst ? step : `.${step}`
}

/** Texts may use proto-JSON's camelCase names; paths use those of the .proto files. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
