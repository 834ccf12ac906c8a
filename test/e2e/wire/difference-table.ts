/** The differences of the wire suite in the form in which docs/HOST-DIFFERENCES.md lists them. */
import type { Verdict, WireRow } from './row.ts'
import { envoyVerdict } from './verdict.ts'

export const TABLE_HEAD = '| rows | Envoy 1.40 | sluice | why |'

/** One line per reason and outcome. */
export function differenceTable(rows: readonly WireRow[]): string[] {
  const ids = new Map<string, string[]>()
  for (const row of rows) {
    if (row.differs === undefined) continue
    const rest = `${outcome(envoyVerdict(row))} | ${outcome(row.expect)}${where(row)} | ${row.differs.reason}`
    ids.set(rest, [...(ids.get(rest) ?? []), `\`${row.id}\``])
  }
  return Array.from(ids, ([rest, names]) => `| ${names.join(', ')} | ${rest} |`)
}

/** `400 http1.codec_error, closed later`. */
function outcome({ status, details, flags = '-', fate }: Verdict): string {
  const answer = status === 0 && details === null ? 'no answer' : String(status)
  const log = details === null ? '' : ` ${details}${flags === '-' ? '' : ` ${flags}`}`
  return `${answer}${log}${fate === undefined ? '' : `, ${fate}`}`
}

/** What else than the outcome differs, where that is the point. */
function where({ differs, expect }: WireRow): string {
  const isSame = Object.entries(differs!.envoy).every(([key, value]) => expect[key as keyof Verdict] === value)
  return isSame ? ` (differs in ${differs!.parts!.join(', ')})` : ''
}
