/** What the router counts for its listener: `http.<stat_prefix>.…`; what ends before it is counted by the connection manager. */
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

/** Why a redirect is not followed but passed on; the words are those of the statistics. */
type PassedRedirect = 'bad_location' | 'unsafe_scheme' | 'too_many_redirects' | 'no_route' | 'predicate'

export class RouterStats {
  readonly rqTotal: Counter
  readonly resetAfterResponseStarted: Counter
  readonly #passedRedirects: Readonly<Record<PassedRedirect, Counter>>

  constructor(stats: StatsStore, statPrefix: string) {
    const prefix = `http.${statPrefix}.`
    this.rqTotal = stats.counter(`${prefix}rq_total`)
    const passed = (why: PassedRedirect): Counter => stats.counter(`${prefix}passthrough_internal_redirect_${why}`)
    this.#passedRedirects = {
      bad_location: passed('bad_location'),
      unsafe_scheme: passed('unsafe_scheme'),
      too_many_redirects: passed('too_many_redirects'),
      no_route: passed('no_route'),
      predicate: passed('predicate'),
    }
    this.resetAfterResponseStarted = stats.counter(`${prefix}rq_reset_after_downstream_response_started`)
  }

  countPassedRedirect(why: PassedRedirect): void {
    this.#passedRedirects[why].add(1)
  }
}
