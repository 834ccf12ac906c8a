/** New paths, compiled once per route (source/common/router/config_impl.cc, currentUrlPathAfterRewrite). */
import type { PathRewriteConfig, RouteMatchConfig, UriRewritePart } from '../config/types.ts'
import type { LinearRegex } from '../util/linear-regex.ts'
import type { FormatContext } from './format/context.ts'
import { compileText } from './format/text.ts'

/** Makes a new target of the request's own. */
export type PathRewrite = (target: string, stream: FormatContext) => string

export function compilePathRewrite(config: PathRewriteConfig, { path }: RouteMatchConfig): PathRewrite {
  switch (config.kind) {
    case 'prefix':
      return prefixRewrite(config.value, 'value' in path ? path.value.length : -1)
    case 'regex':
      return (target) => onPath(target, (old) => config.regex.replaceAll(old, config.substitution))
    case 'template': {
      const { parts } = config
      return (target) => onPath(target, (old) => fillTemplate(old, 'regex' in path ? path.regex : null, parts))
    }
    case 'whole': {
      const { value } = config
      return (target) => (value.includes('?') ? value : value + target.slice(endOfPath(target)))
    }
    case 'format': {
      const text = compileText(config.format, 'path', '')
      return (target, stream) => text.format(stream) + target.slice(endOfPath(target))
    }
  }
}

/** Where the path of a target ends and its query begins. */
export function endOfPath(target: string): number {
  const mark = target.indexOf('?')
  return mark < 0 ? target.length : mark
}

/** An expression has matched the whole path: -1. */
function prefixRewrite(value: string, matched: number): PathRewrite {
  return (target) => value + target.slice(matched < 0 ? endOfPath(target) : matched)
}

function onPath(target: string, change: (path: string) => string): string {
  const end = endOfPath(target)
  return change(target.slice(0, end)) + target.slice(end)
}

/** A path that the template does not match stays as it is. */
function fillTemplate(path: string, template: LinearRegex | null, parts: readonly UriRewritePart[]): string {
  const groups = template === null ? null : template.groups(path)
  if (groups === null) return path
  return parts.map((part) => ('text' in part ? part.text : (groups.get(part.variable) ?? ''))).join('')
}
