/** What a 401 asks for: the header `WWW-Authenticate` (RFC 9110, 11.6.1), which may hold several challenges. */

export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

/** `name=value` or `name="value"` with quoted commas and escapes. */
const PARAMETER = /^([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,\s*|$)/
const SCHEME = /^([A-Za-z][\w-]*)(?:\s+|$|\s*,\s*)/

/** Every challenge of a header, in order; what cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  let rest = header.trim()
  while (rest !== '') {
    const parameter = PARAMETER.exec(rest)
    const last = challenges.at(-1)
    if (parameter !== null && last !== undefined) {
      const [all, name = '', quoted, plain = ''] = parameter
      last.parameters.set(name.toLowerCase(), quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1'))
      rest = rest.slice(all.length)
      continue
    }
    const scheme = SCHEME.exec(rest)
    if (scheme === null) return challenges
    challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: new Map() })
    rest = rest.slice(scheme[0].length)
  }
  return challenges
}
