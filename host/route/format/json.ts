/**
 * JSON access logs: a template of objects, lists and format strings. A string that is one operator keeps the type of
 * its value (missing = null); keys come out sorted, as Envoy writes them.
 */
import { SluiceError } from '../../errors.ts'
import type { FormatContext } from './context.ts'
import { compileText } from './text.ts'
import type { TextFormat } from './text.ts'
import { parseTemplate } from './template.ts'

type Render = (context: FormatContext) => unknown

/** Compiles a template to lines; throws SLUICE_CONFIG_INVALID. */
export function compileJson(template: unknown, path: string): TextFormat {
  const render = compileValue(template, path)
  return { format: (context) => `${JSON.stringify(render(context))}\n` }
}

function compileValue(value: unknown, path: string): Render {
  if (typeof value === 'string') return compileString(value, path)
  if (Array.isArray(value)) return compileList(value, path)
  if (typeof value === 'object' && value !== null) return compileObject(value as Record<string, unknown>, path)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return () => value
  throw new SluiceError('SLUICE_CONFIG_INVALID', 'Cannot use this JSON format', { path, seen: typeof value, wanted: 'JSON' })
}

function compileList(values: readonly unknown[], path: string): Render {
  const renders = values.map((value, index) => compileValue(value, `${path}[${index}]`))
  return (context) => renders.map((render) => render(context))
}

function compileObject(object: Record<string, unknown>, path: string): Render {
  const members = Object.keys(object)
    .toSorted()
    .map((key) => ({ key, render: compileValue(object[key], `${path}.${key}`) }))
  return (context) => Object.fromEntries(members.map(({ key, render }) => [key, render(context)]))
}

function compileString(template: string, path: string): Render {
  const parts = parseTemplate(template, path)
  const only = parts.length === 1 ? parts[0]! : null
  if (only !== null && 'operator' in only && only.maxLength < 0) return only.operator
  const text = compileText(template, path)
  return (context) => text.format(context)
}
