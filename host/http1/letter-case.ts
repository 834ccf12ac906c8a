/**
 * Letters of header names on HTTP/1 (source/common/http/http1/header_formatter.cc and the formatter preserve_case). The
 * host works with names in lower case; peers that want others get them when a head is written.
 */
import type { LetterCaseConfig, PreservedCaseConfig } from '../config/types.ts'
import { canonicalName, nameOf } from '../http/names.ts'
import type { NameWriter } from '../http/header-map.ts'
import type { HeadParser } from './head-parser.ts'

const REASON = /^HTTP\/\d\.\d[ \t]+\d+[ \t]?([^\r]*)/
/** Names that were written before; copies, so that no head is kept for its names. */
const properNames = new Map<string, string>()
const MAX_PROPER_NAMES = 1024
const MAX_PROPER_LENGTH = 128

/** A capital at the start and behind each byte that is neither letter nor digit. */
export const PROPER_CASE: NameWriter = { reason: '', write: properCase }

/** How heads are written whose names did not come in other letters; null = in lower case. */
export function writerOf(letterCase: LetterCaseConfig): NameWriter | null {
  return letterCase === 'PROPER' ? PROPER_CASE : null
}

/** What the heads that are read must keep; null = nothing. */
export function preservedOf(letterCase: LetterCaseConfig): PreservedCaseConfig | null {
  return typeof letterCase === 'string' ? null : letterCase
}

/** The letters of a head that the parser has completed and kept. */
export function originalNames(parser: HeadParser, config: PreservedCaseConfig): NameWriter {
  const { fields, text, original } = parser
  const names = new Map<string, string>()
  for (let i = 0; i < fields.count; i++) {
    const id = fields.ids[i]!
    const [start, end] = [fields.nameStarts[i]!, fields.nameEnds[i]!]
    const name = id < 0 ? text.substring(start, end) : nameOf(id)
    // A name that comes again is written as it came first.
    if (!names.has(name)) names.set(name, original.substring(start, end))
  }
  const reason = config.forwardsReason && parser.kind === 'response' ? (REASON.exec(original)?.[1] ?? '') : ''
  const other = config.others === 'PROPER' ? properCase : (name: string): string => name
  return { reason, write: (name) => names.get(name) ?? other(name) }
}

/** A line `name: value` that we write ourselves, with the letters that `writer` gives it. */
export function writtenLine(line: string, writer: NameWriter | null): string {
  if (writer === null || line === '') return line
  const colon = line.indexOf(':')
  return writer.write(line.slice(0, colon)) + line.slice(colon)
}

function properCase(name: string): string {
  const known = properNames.get(name)
  if (known !== undefined) return known
  const proper = name.replaceAll(/(^|[^a-z0-9])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase())
  if (properNames.size < MAX_PROPER_NAMES && name.length <= MAX_PROPER_LENGTH) properNames.set(canonicalName(name), proper)
  return proper
}
