/**
 * Path templates (envoy.path.match.uri_template, envoy.path.rewrite.uri_template): segments that are literals, `*`, `**`
 * or variables in braces, turned into an expression with a named group per variable.
 */
import type { UriRewritePart } from '../config/types.ts'
import { LinearRegex } from '../util/linear-regex.ts'

const MAX_VARIABLES = 5
const MAX_NAME_LENGTH = 16
/** Characters of a path segment (RFC 3986, 3.3) without those that templates use themselves. */
const CHARS = "a-zA-Z0-9\\-._~%!$&'()+,;:@"
const LITERAL = new RegExp(`^[${CHARS}]+$`)
const REWRITE_LITERAL = new RegExp(`^[${CHARS}/]+$`)
const NAME = /^[a-zA-Z]\w*$/
const ONE_SEGMENT = `[${CHARS}]+`
const ANY_SEGMENTS = `[${CHARS}/]*`

/** The expression of a template, or what is wrong with it as a text. */
export function compileUriTemplate(template: string): LinearRegex | string {
  if (!/^\/[\x21-\x7e]*$/.test(template)) return 'a path of printable characters that starts with a slash'
  const parser = new TemplateParser()
  const pattern = parser.pattern(template.slice(1))
  return pattern === null ? parser.wanted : new LinearRegex(`/${pattern}`)
}

/** The parts of a path that is made of literal text and `{name}`, or what is wrong with it as a text. */
export function parseUriRewrite(rewrite: string): readonly UriRewritePart[] | string {
  if (!rewrite.startsWith('/') || rewrite.includes('//')) return 'a path that starts with a slash and has no two in a row'
  const parts: UriRewritePart[] = []
  for (const piece of rewrite.match(/\{[^}]*\}?|[^{]+/g) ?? []) {
    const name = piece.startsWith('{') && piece.endsWith('}') ? piece.slice(1, -1) : null
    if (name === null ? !REWRITE_LITERAL.test(piece) : !NAME.test(name)) return 'characters of a path, and variables in braces'
    parts.push(name === null ? { text: piece } : { variable: name })
  }
  return parts
}

class TemplateParser {
  wanted = ''
  readonly #names = new Set<string>()
  #hasAnySegments = false

  /** Null after a fault, which `wanted` then tells. */
  pattern(template: string): string | null {
    if (template === '') return ''
    const pieces = splitSegments(template)
    if (pieces === null) return this.#fail('braces in pairs')
    const patterns: string[] = []
    for (const [index, piece] of pieces.entries()) {
      const pattern = piece === '' && index === pieces.length - 1 ? '' : this.#segment(piece, index === pieces.length - 1)
      if (pattern === null) return null
      patterns.push(pattern)
    }
    return patterns.join('/')
  }

  /** A literal, or a wildcard or variable with a literal behind it in the last segment. */
  #segment(segment: string, isLast: boolean): string | null {
    const [, head = '', tail = ''] = /^(\*\*?|\{[^}]*\}|)(.*)$/s.exec(segment)!
    if (head === '') return this.#literal(tail)
    if (tail !== '' && !isLast) return this.#fail('text behind a wildcard or variable in the last segment only')
    const pattern = head.startsWith('{') ? this.#variable(head.slice(1, -1)) : this.#wildcard(head)
    const suffix = tail === '' ? '' : this.#literal(tail)
    return pattern === null || suffix === null ? null : pattern + suffix
  }

  #variable(text: string): string | null {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    if (!NAME.test(name) || name.length > MAX_NAME_LENGTH)
      return this.#fail(`names of at most ${MAX_NAME_LENGTH} letters, digits and _`)
    if (this.#names.has(name)) return this.#fail('every variable once')
    if (this.#names.size === MAX_VARIABLES) return this.#fail(`at most ${MAX_VARIABLES} variables`)
    this.#names.add(name)
    const pieces = (equals < 0 ? '*' : text.slice(equals + 1)).split('/')
    const patterns = pieces.map((piece) => (/^\*\*?$/.test(piece) ? this.#wildcard(piece) : this.#literal(piece)))
    return patterns.includes(null) ? null : `(?P<${name}>${patterns.join('/')})`
  }

  #wildcard(text: string): string | null {
    if (this.#hasAnySegments) return this.#fail('no wildcard and no variable behind **')
    this.#hasAnySegments = text === '**'
    return this.#hasAnySegments ? ANY_SEGMENTS : ONE_SEGMENT
  }

  #literal(text: string): string | null {
    if (!LITERAL.test(text)) return this.#fail('characters of a path in every segment')
    return text.replaceAll(/[$()+.]/g, String.raw`\$&`)
  }

  #fail(wanted: string): null {
    this.wanted = wanted
    return null
  }
}

/** Segments between slashes, those in braces not counted; null for braces that do not pair. */
function splitSegments(template: string): string[] | null {
  const segments: string[] = ['']
  let isInside = false
  for (const char of template) {
    if (char === '/' && !isInside) {
      segments.push('')
      continue
    }
    if (char === '{' && !isInside) isInside = true
    else if (char === '}') isInside = false
    segments[segments.length - 1] += char
  }
  return isInside ? null : segments
}
