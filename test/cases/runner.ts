/**
 * Runs tables through judges. A case runs once per judge, when it is first asked for: the tests ask judge by judge,
 * a difference asks the others, so that the report shows them side by side. Judges on sockets mostly wait, so they run a case
 * side by side, and they start while the others are asked.
 */
import { compareCase } from '../../host/testing/cases/compare.ts'
import type { CaseJudge, Session } from '../../host/testing/cases/observation.ts'
import { describeDifference, isAccepted, type Verdict, type Verdicts } from './report.ts'
import { JUDGE_NAMES, type Case, type JudgeName, type Table } from '../../host/testing/cases/table.ts'

/** Judges that start a proxy, and whose time is real. */
const ON_SOCKETS: ReadonlySet<JudgeName> = new Set(['host', 'envoy'])

export class TableRun {
  readonly table: Table
  readonly judges: readonly CaseJudge[]
  readonly #sessions = new Map<JudgeName, Promise<Session>>()
  readonly #verdicts = new Map<string, Partial<Record<JudgeName, Promise<Verdict>>>>()
  readonly #settled = new Map<string, Partial<Record<JudgeName, Verdict>>>()
  /** A judge runs one case at a time: on sockets, counters and recorded requests belong to the running case. */
  readonly #queues = new Map<JudgeName, Promise<unknown>>()

  constructor(table: Table, judges: readonly CaseJudge[]) {
    this.table = table
    this.judges = judges
    for (const one of table.cases) this.#verdicts.set(one.id, {})
    for (const one of table.cases) this.#settled.set(one.id, {})
  }

  /** What every judge has said so far, by case id. */
  get verdicts(): ReadonlyMap<string, Verdicts> {
    return this.#settled
  }

  /** The judge's verdict on the case. */
  verdict(one: Case, judge: CaseJudge): Promise<Verdict> {
    for (const other of this.judges) if (ON_SOCKETS.has(other.name)) this.#beginWith(one, judge, other)
    return this.#verdictOf(one, judge)
  }

  /** The report on a case that this judge does not accept; null when it does, or skips it. */
  async difference(one: Case, judge: CaseJudge): Promise<string | null> {
    const verdict = await this.verdict(one, judge)
    if (verdict.kind === 'skipped' || isAccepted(verdict)) return null
    const verdicts: Partial<Record<JudgeName, Verdict>> = {}
    for (const other of this.judges) verdicts[other.name] = await this.verdict(one, other)
    return describeDifference(this.table, one, verdicts)
  }

  async close(): Promise<void> {
    await Promise.all(this.#queues.values())
    const sessions = await Promise.allSettled(this.#sessions.values())
    for (const session of sessions) if (session.status === 'fulfilled') await session.value.close()
    this.#sessions.clear()
  }

  #verdictOf(one: Case, judge: CaseJudge): Promise<Verdict> {
    const known = this.#verdicts.get(one.id)!
    return (known[judge.name] ??= this.#judge(one, judge))
  }

  /** A judge on sockets takes the case when another one does, and starts when anybody is asked; its own test waits for what comes of it. */
  #beginWith(one: Case, judge: CaseJudge, other: CaseJudge): void {
    const begun = ON_SOCKETS.has(judge.name) ? this.#verdictOf(one, other) : this.#openOnce(other)
    begun.catch(() => {})
  }

  async #openOnce(judge: CaseJudge): Promise<void> {
    if ((await judge.unavailable()) === null) await this.#sessionOf(judge)
  }

  async #judge(one: Case, judge: CaseJudge): Promise<Verdict> {
    const verdict = await this.#skipOrRun(one, judge)
    this.#settled.get(one.id)![judge.name] = verdict
    return verdict
  }

  async #skipOrRun(one: Case, judge: CaseJudge): Promise<Verdict> {
    const declared = one.skips[judge.name]
    if (declared !== undefined) return { kind: 'skipped', reason: declared, declared: true }
    const missing = await judge.unavailable()
    if (missing !== null) return { kind: 'skipped', reason: missing, declared: false }
    const run = (this.#queues.get(judge.name) ?? Promise.resolve()).then(() => this.#run(one, judge))
    this.#queues.set(judge.name, run)
    return run
  }

  #sessionOf(judge: CaseJudge): Promise<Session> {
    let session = this.#sessions.get(judge.name)
    if (session === undefined) this.#sessions.set(judge.name, (session = judge.open(this.table)))
    return session
  }

  async #run(one: Case, judge: CaseJudge): Promise<Verdict> {
    try {
      const open = await this.#sessionOf(judge)
      return { kind: 'judged', checks: compareCase(one, await open.run(one), open.slackMillis) }
    } catch (error) {
      return { kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }
}

/** Judges that the run is limited to by `SLUICE_JUDGES=host,envoy`; all without it. */
export function chosenJudges(judges: readonly CaseJudge[], choice = process.env['SLUICE_JUDGES']): CaseJudge[] {
  const names = choice?.split(',').map((name) => name.trim())
  const unknown = names?.find((name) => !(JUDGE_NAMES as readonly string[]).includes(name))
  if (unknown !== undefined) throw new Error(`SLUICE_JUDGES: seen '${unknown}', wanted some of ${JUDGE_NAMES.join(', ')}`)
  return judges.filter((judge) => names === undefined || names.includes(judge.name))
}
