/**
 * JSON access logs: a template of objects, lists and format strings. A string that is one operator keeps the type of
 * its value (missing = null); keys come out sorted, as Envoy writes them.
 */
import type { AccessLogFormat } from '../../config/types.ts'
import { SluiceError } from '../../errors.ts'
import type { FormatContext } from './context.ts'
import { compileText } from './text.ts'
import type { TextFormat } from './text.ts'
import { parseTemplate } from './template.ts'

type Render = (context: FormatContext) => unknown

/** Compiles a format of the configuration, `standard` where it has no text; throws SLUICE_CONFIG_INVALID. */
export function compileFormat(format: AccessLogFormat, standard: string, path: string): TextFormat {
  const { omitsEmpty } = format
  if (format.kind === 'json') return compileJson(format.template, path, omitsEmpty)
  return compileText(format.text ?? standard, path, omitsEmpty ? '' : '-')
}

/** Compiles a template to lines; throws SLUICE_CONFIG_INVALID. */
export function compileJson(template: unknown, path: string, omitsEmpty = false): TextFormat {
  const render = compileValue(template, path, omitsEmpty)
  return { format: (context) => `${JSON.stringify(render(context) ?? {})}\n` }
}

function compileValue(value: unknown, path: string, omitsEmpty: boolean): Render {
  if (typeof value === 'string') return compileString(value, path, omitsEmpty)
  if (Array.isArray(value)) return compileList(value, path, omitsEmpty)
  if (typeof value === 'object' && value !== null) return compileObject(value as Record<string, unknown>, path, omitsEmpty)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return () => value
  throw new SluiceError('SLUICE_CONFIG_INVALID', 'Cannot use this JSON format', { path, seen: typeof value, wanted: 'JSON' })
}

function compileList(values: readonly unknown[], path: string, omitsEmpty: boolean): Render {
  const renders = values.map((value, index) => compileValue(value, `${path}[${index}]`, omitsEmpty))
  return (context) => {
    const items = renders.map((render) => render(context))
    return omitsEmpty ? items.filter(isThere) : items
  }
}

function compileObject(object: Record<string, unknown>, path: string, omitsEmpty: boolean): Render {
  const members = Object.keys(object)
    .toSorted()
    .map((key) => ({ key, render: compileValue(object[key], `${path}.${key}`, omitsEmpty) }))
  return (context) => {
    const values = members.map(({ key, render }) => [key, render(context)] as const)
    if (!omitsEmpty) return Object.fromEntries(values)
    const entries = values.filter(([, value]) => isThere(value))
    // As in Envoy: an object without members is missing itself, a list without items is not.
    return entries.length === 0 ? null : Object.fromEntries(entries)
  }
}

function isThere(value: unknown): boolean {
  return value !== null
}

function compileString(template: string, path: string, omitsEmpty: boolean): Render {
  const parts = parseTemplate(template, path)
  const only = parts.length === 1 ? parts[0]! : null
  if (only !== null && 'operator' in only && only.maxLength < 0) return only.operator
  const text = compileText(template, path, omitsEmpty ? '' : '-')
  return (context) => text.format(context)
}
