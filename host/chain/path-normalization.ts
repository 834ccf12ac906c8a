/** Path options of the connection manager (source/common/http/path_utility.cc): dot segments, slashes, escapes. */
import type { HttpConnectionManagerConfig } from '../config/types.ts'

export interface NormalizedPath {
  readonly path: string
  /** Whether the request goes on with `path`, is refused, or its client is sent there. */
  readonly verdict: 'forward' | 'reject' | 'redirect'
}

const ESCAPED_SLASH = /%(?:2f|5c)/i

/** The path, query untouched, in the form that the options ask for. */
export function normalizePath(path: string, config: HttpConnectionManagerConfig): NormalizedPath {
  const mark = path.indexOf('?')
  const query = mark < 0 ? '' : path.slice(mark)
  let target = mark < 0 ? path : path.slice(0, mark)
  let redirects = false
  if (config.escapedSlashes !== 'KEEP_UNCHANGED' && ESCAPED_SLASH.test(target)) {
    target = target.replaceAll(/%2f/gi, '/').replaceAll(/%5c/gi, '\\')
    if (config.escapedSlashes === 'REJECT_REQUEST') return { path: target + query, verdict: 'reject' }
    redirects = config.escapedSlashes === 'UNESCAPE_AND_REDIRECT'
  }
  if (config.normalizePath && target.includes('%00')) return { path: target + query, verdict: 'reject' }
  if (config.normalizePath) target = canonical(target)
  if (config.mergeSlashes) target = target.replaceAll(/\/{2,}/g, '/')
  return { path: target + query, verdict: redirects ? 'redirect' : 'forward' }
}

/** `..;x` is the segment before it to some servers, so parameters do not hide what dots mean, if slashes stand around. */
const DOTS_WITH_PARAMETERS = /(?<=\/)(\.\.?);[^/]*/g

/** RFC 3986, 5.2.4 and 6.2.2, with `\` as a slash; an escape that is none stays as it is. */
function canonical(path: string): string {
  const plain = path.replaceAll(DOTS_WITH_PARAMETERS, '$1').replaceAll('\\', '/')
  const segments = unescapeUnreserved(plain).split('/')
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

/** Escapes of letters, digits and `-._~` say nothing that the character itself does not (RFC 3986, 2.3). */
function unescapeUnreserved(path: string): string {
  return path.replaceAll(/%([0-9a-f]{2})/gi, (escape, digits: string) => {
    const char = String.fromCharCode(Number.parseInt(digits, 16))
    return /[\w.~-]/.test(char) ? char : escape
  })
}

function escapeUnsafe(path: string): string {
  return path.replaceAll(/["<>^`{|} \x7f-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
