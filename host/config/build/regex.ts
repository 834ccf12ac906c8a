/** Regular expressions and what replaces their matches. */
import { LinearRegex, Substitution } from '../../util/linear-regex.ts'
import type { ConfigPath } from '../path.ts'
import type { RegexMatchAndSubstitute, RegexMatcher } from '../gen/envoy/type/matcher/v3/regex_pb.ts'
import { show } from '../fault.ts'
import type { BuildContext } from './context.ts'

/** Stands where a fault was found: what is built with it is never used. */
const NOTHING = new LinearRegex('')

/** What is to be replaced, and by what. `path` leads to the message. */
export interface Replacement {
  readonly regex: LinearRegex
  readonly substitution: Substitution
}

export function buildReplacement(message: RegexMatchAndSubstitute, path: ConfigPath, context: BuildContext): Replacement {
  const regex = buildRegex(message.pattern, [...path, 'pattern'], context)
  const substitution = Substitution.parse(message.substitution)
  if (substitution !== null && substitution.lastGroup <= regex.groupCount) return { regex, substitution }
  const at = [...path, 'substitution']
  const wanted = String.raw`text with \0 to \9 for groups that the expression has, and \\ for a backslash`
  context.faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: 'Cannot use this substitution',
    path: at,
    seen: show(message.substitution),
    wanted,
  })
  return { regex, substitution: Substitution.NOTHING }
}

/** `path` leads to the message. */
export function buildRegex(matcher: RegexMatcher | undefined, path: ConfigPath, context: BuildContext): LinearRegex {
  const pattern = matcher?.regex ?? ''
  try {
    return new LinearRegex(pattern)
  } catch (error) {
    const message = `Not a regular expression of RE2 (${(error as Error).message})`
    context.faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: [...path, 'regex'], seen: show(pattern) })
    return NOTHING
  }
}
