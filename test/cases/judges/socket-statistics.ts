/**
 * What a proxy counts, as far as a case looks at it. All cases of a table share a proxy, whose statistics are megabytes of text: asked for
 * as a whole, before and after each case, they took longer than everything else.
 */
import { parseExposition, sumOf } from '../../../host/testing/cases/prometheus.ts'
import type { Case, Step } from '../../../host/testing/cases/table.ts'

/** Start of the names of guests' metrics. */
const GUEST_PREFIX = 'wasmcustom.'
const GUESTS = `^${escaped(GUEST_PREFIX)}`

/** Asks the admin interface of the proxy. */
export type Admin = (path: string) => Promise<string>

export class SocketStatistics {
  readonly #one: Case
  readonly #admin: Admin
  /** Names of the proxy's own statistics that the case looks at. */
  readonly #own: readonly string[]
  #statsBefore = ''
  #prometheusBefore = ''

  private constructor(one: Case, admin: Admin) {
    this.#one = one
    this.#admin = admin
    this.#own = one.steps.flatMap((step) => (step.kind === 'stats' ? Object.keys(step.values) : []))
  }

  /** Takes note of what was counted before the case. */
  static async begin(one: Case, admin: Admin): Promise<SocketStatistics> {
    const statistics = new SocketStatistics(one, admin)
    if (one.steps.some(({ kind }) => kind === 'metrics' || kind === 'stats')) statistics.#statsBefore = await statistics.#stats()
    if (readsPrometheus(one)) statistics.#prometheusBefore = await statistics.#prometheus()
    return statistics
  }

  /** What guests have counted since then; of a histogram the samples. */
  async metrics(names: readonly string[]): Promise<Record<string, number>> {
    const stats = await this.#stats()
    const prometheus = readsPrometheus(this.#one) ? await this.#prometheus() : ''
    const difference = (name: string): number =>
      (statValue(stats, GUEST_PREFIX + name) ?? samples(prometheus, name)) -
      (statValue(this.#statsBefore, GUEST_PREFIX + name) ?? samples(this.#prometheusBefore, name))
    return Object.fromEntries(names.map((name) => [name, difference(name)]))
  }

  /** What the proxy itself has counted since then. */
  async stats(names: readonly string[]): Promise<Record<string, number>> {
    const now = await this.#stats()
    return Object.fromEntries(
      names.map((name) => [name, (statValue(now, name) ?? 0) - (statValue(this.#statsBefore, name) ?? 0)]),
    )
  }

  async prometheus(): Promise<{ readonly before: string; readonly now: string }> {
    return { before: this.#prometheusBefore, now: await this.#prometheus() }
  }

  /** All that guests can make statistics say, for cases that have secrets. */
  async said(): Promise<string[]> {
    if (this.#one.secrets.length === 0) return []
    return [await this.#ask('/stats', GUESTS), await this.#ask('/stats/prometheus', GUESTS)]
  }

  #stats(): Promise<string> {
    return this.#ask('/stats', [GUESTS, ...this.#own.map((name) => `^${escaped(name)}$`)].join('|'))
  }

  /** A step with lines may look at any series. */
  #prometheus(): Promise<string> {
    return this.#ask('/stats/prometheus', this.#one.steps.some(({ kind }) => kind === 'prometheus') ? '' : GUESTS)
  }

  #ask(path: string, filter: string): Promise<string> {
    return this.#admin(`${path}?filter=${encodeURIComponent(filter)}`)
  }
}

/** Whether the case looks at histograms, or at other series of Prometheus. */
export function readsPrometheus({ steps }: Case): boolean {
  return steps.some((step) => step.kind === 'prometheus' || hasHistogram(step))
}

function hasHistogram(step: Step): boolean {
  return step.kind === 'metrics' && Object.values(step.metrics).some((value) => typeof value === 'object')
}

function escaped(name: string): string {
  return name.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`)
}

/** Value of a counter or gauge in the text of `/stats`; null when there is none. */
function statValue(stats: string, name: string): number | null {
  const prefix = `${name}: `
  const line = stats.split('\n').find((one) => one.startsWith(prefix) && /^\d+$/.test(one.slice(prefix.length)))
  return line === undefined ? null : Number(line.slice(prefix.length))
}

/** Number of samples of a guest's histogram. */
function samples(prometheus: string, name: string): number {
  return sumOf(parseExposition(prometheus), `${name.replaceAll(/[^\w:]/g, '_')}_count`, {}, true)
}
