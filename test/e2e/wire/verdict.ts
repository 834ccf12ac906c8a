/** What an observation says in short, and how two of them compare. */
import { PARTS, type Observation, type Part, type Verdict, type WireRow } from './row.ts'

/** What Envoy must make of a row. */
export function envoyVerdict(row: WireRow): Verdict {
  const { flags, ...verdict }: Verdict = { ...row.expect, ...row.differs?.envoy }
  return flags === undefined || verdict.details === null ? verdict : { ...verdict, flags }
}

/** The part of an observation that `wanted` speaks of, in the same form. */
export function verdictOf({ answer, fate, log }: Observation, wanted: Verdict): Verdict {
  const [, details = null, flags = ''] = log[0]?.split(' ') ?? []
  return {
    status: finalStatus(answer),
    details: wanted.details === null ? null : details,
    ...(wanted.flags === undefined ? {} : { flags }),
    ...(wanted.fate === undefined ? {} : { fate }),
  }
}

/** The parts in which two proxies differ, races left out. */
export function differingParts(row: WireRow, one: Observation, other: Observation): Part[] {
  const compared = PARTS.filter((part) => row.races?.includes(part) !== true)
  return compared.filter((part) => JSON.stringify(one[part]) !== JSON.stringify(other[part]))
}

/** Status of the first answer that is not an interim one; 0 = none. */
function finalStatus(text: string): number {
  let rest = text
  while (/^HTTP\/1\.\d 1(?!01 )\d\d /.test(rest)) rest = rest.slice(rest.indexOf('\r\n\r\n') + 4)
  return Number(/^HTTP\/1\.\d (\d+) /.exec(rest)?.[1] ?? 0)
}
