/** Texts for people: the judges side by side at a difference, and the summary at the end. */
import type { Check } from '../../host/testing/cases/compare.ts'
import { JUDGE_NAMES, type Case, type JudgeName, type Table } from '../../host/testing/cases/table.ts'

/** What became of one case at one judge. */
export type Verdict =
  | { readonly kind: 'judged'; readonly checks: readonly Check[] }
  | { readonly kind: 'failed'; readonly message: string }
  /** `declared`: the case names the reason; else the judge is not available here. */
  | { readonly kind: 'skipped'; readonly reason: string; readonly declared: boolean }

export type Verdicts = Readonly<Partial<Record<JudgeName, Verdict>>>

/** True when the judge saw everything as wanted. */
export function isAccepted(verdict: Verdict): boolean {
  return verdict.kind === 'judged' && verdict.checks.every((check) => check.ok)
}

/** Every place at which a judge differs, with what each judge saw there. */
export function describeDifference(table: Table, one: Case, verdicts: Verdicts): string {
  const lines = [`${one.id}: ${one.title} (${table.file})`]
  for (const place of differingPlaces(verdicts)) {
    lines.push(`  ${place}`, `    wanted   ${wantedAt(verdicts, place)}`)
    for (const name of JUDGE_NAMES) lines.push(`    ${name.padEnd(8)} ${seenAt(verdicts[name], place)}`)
  }
  for (const name of JUDGE_NAMES) {
    const verdict = verdicts[name]
    if (verdict?.kind === 'failed') lines.push(`  ${name} failed: ${verdict.message}`)
  }
  return lines.join('\n')
}

function differingPlaces(verdicts: Verdicts): string[] {
  const places = new Set<string>()
  for (const name of JUDGE_NAMES) for (const check of checksOf(verdicts[name])) if (!check.ok) places.add(check.place)
  return [...places]
}

function wantedAt(verdicts: Verdicts, place: string): string {
  for (const name of JUDGE_NAMES) {
    const check = checksOf(verdicts[name]).find((one) => one.place === place)
    if (check !== undefined) return check.wanted
  }
  return ''
}

function seenAt(verdict: Verdict | undefined, place: string): string {
  if (verdict === undefined) return '(not asked)'
  if (verdict.kind === 'skipped') return `(skipped: ${verdict.reason})`
  if (verdict.kind === 'failed') return '(failed)'
  const check = verdict.checks.find((one) => one.place === place)
  if (check === undefined) return '(not reached)'
  return check.ok ? check.seen : `${check.seen}   <-- differs`
}

function checksOf(verdict: Verdict | undefined): readonly Check[] {
  return verdict?.kind === 'judged' ? verdict.checks : []
}

/** Per filter: cases, how each judge fared, skips with their reasons. */
export function summarize(
  results: readonly { readonly table: Table; readonly verdicts: ReadonlyMap<string, Verdicts> }[],
): string {
  const lines = ['cases x judges']
  for (const { table, verdicts } of results) {
    const counts = JUDGE_NAMES.map((name) => `${name} ${countAccepted(verdicts, name)}/${table.cases.length}`)
    lines.push(`  ${table.filter.padEnd(18)} ${String(table.cases.length).padStart(3)} cases   ${counts.join('   ')}`)
    for (const [reason, ids] of skipsOf(verdicts)) lines.push(`    skipped, ${reason}: ${ids.join(' ')}`)
  }
  return lines.join('\n')
}

function countAccepted(verdicts: ReadonlyMap<string, Verdicts>, name: JudgeName): number {
  let count = 0
  for (const one of verdicts.values()) if (one[name] !== undefined && isAccepted(one[name])) count++
  return count
}

/** `judge: reason` → ids of the cases. */
function skipsOf(verdicts: ReadonlyMap<string, Verdicts>): Map<string, string[]> {
  const skips = new Map<string, string[]>()
  for (const name of JUDGE_NAMES) {
    for (const [id, one] of verdicts) {
      const verdict = one[name]
      if (verdict?.kind !== 'skipped') continue
      const key = `${name}: ${verdict.reason}`
      skips.set(key, [...(skips.get(key) ?? []), id])
    }
  }
  return skips
}
