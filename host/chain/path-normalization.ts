/** Path options of the connection manager (source/common/http/path_utility.cc): dot segments, slashes, escapes. */
import type { HttpConnectionManagerConfig } from '../config/types.ts'

export interface NormalizedPath {
  readonly path: string
  /** The client is to be sent to `path`. */
  readonly redirect: boolean
}

const ESCAPED_SLASH = /%(?:2f|5c)/i

/** The path, query untouched, in the form that the options ask for; null = it cannot be trusted. */
export function normalizePath(path: string, config: HttpConnectionManagerConfig): NormalizedPath | null {
  const mark = path.indexOf('?')
  const query = mark < 0 ? '' : path.slice(mark)
  let target: string | null = mark < 0 ? path : path.slice(0, mark)
  let redirect = false
  if (config.escapedSlashes !== 'KEEP_UNCHANGED' && ESCAPED_SLASH.test(target)) {
    if (config.escapedSlashes === 'REJECT_REQUEST') return null
    target = target.replaceAll(/%2f/gi, '/').replaceAll(/%5c/gi, '\\')
    redirect = config.escapedSlashes === 'UNESCAPE_AND_REDIRECT'
  }
  if (config.normalizePath) target = canonical(target)
  if (target === null) return null
  if (config.mergeSlashes) target = target.replaceAll(/\/{2,}/g, '/')
  return { path: target + query, redirect }
}

/** RFC 3986, 5.2.4 and 6.2.2.3, with `\` as a slash; null for a broken or NUL escape. */
function canonical(path: string): string | null {
  if (/%(?![0-9a-f]{2})|%00/i.test(path)) return null
  const segments = path.replaceAll('\\', '/').replaceAll(/%2e/gi, '.').split('/')
  const kept: string[] = []
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i]!
    const isLast = i === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (isLast) kept.push('')
  }
  return escapeUnsafe(`/${kept.join('/')}`)
}

function escapeUnsafe(path: string): string {
  return path.replaceAll(/["<>^`{|} \x7f-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
