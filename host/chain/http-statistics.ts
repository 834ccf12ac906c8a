/** Statistics of a connection manager under `http.<stat_prefix>.` (envoy/http/conn_manager_impl.h, ALL_HTTP_CONN_MAN_STATS). */
import { ResponseFlag } from '../http/stream-info.ts'
import type { StreamInfo } from '../http/stream-info.ts'

/** Where statistics come from; the process-wide store is one. */
export interface StatisticsSource {
  counter(name: string): { add(delta: number): void }
  gauge(name: string): { add(delta: number): void }
  histogram(name: string): { record(value: number): void }
}

type Counter = ReturnType<StatisticsSource['counter']>

export class HttpStatistics {
  readonly #requests: Counter
  readonly #active: Counter
  readonly #completed: Counter
  /** By first digit of the status. */
  readonly #classes: readonly Counter[]
  readonly #time: { record(value: number): void }
  readonly #routed: Counter
  readonly #direct: Counter
  readonly #noRoute: Counter
  readonly #noCluster: Counter
  readonly requestTimeouts: Counter
  readonly idleTimeouts: Counter
  readonly durationTimeouts: Counter
  readonly remoteResets: Counter
  readonly tooLarge: Counter
  readonly responseTooLarge: Counter
  readonly overloadCloses: Counter
  readonly keepaliveDisabled: Counter

  constructor(source: StatisticsSource, statPrefix: string) {
    const prefix = `http.${statPrefix}.`
    this.#requests = source.counter(`${prefix}downstream_rq_total`)
    this.#active = source.gauge(`${prefix}downstream_rq_active`)
    this.#completed = source.counter(`${prefix}downstream_rq_completed`)
    this.#classes = [1, 2, 3, 4, 5].map((digit) => source.counter(`${prefix}downstream_rq_${digit}xx`))
    this.#time = source.histogram(`${prefix}downstream_rq_time`)
    this.#routed = source.counter(`${prefix}rq_total`)
    this.#direct = source.counter(`${prefix}rq_direct_response`)
    this.#noRoute = source.counter(`${prefix}no_route`)
    this.#noCluster = source.counter(`${prefix}no_cluster`)
    this.requestTimeouts = source.counter(`${prefix}downstream_rq_timeout`)
    this.idleTimeouts = source.counter(`${prefix}downstream_rq_idle_timeout`)
    this.durationTimeouts = source.counter(`${prefix}downstream_rq_max_duration_reached`)
    this.remoteResets = source.counter(`${prefix}downstream_rq_rx_reset`)
    this.tooLarge = source.counter(`${prefix}downstream_rq_too_large`)
    this.overloadCloses = source.counter(`${prefix}downstream_rq_overload_close`)
    this.keepaliveDisabled = source.counter(`${prefix}downstream_cx_overload_disable_keepalive`)
    this.responseTooLarge = source.counter(`${prefix}rs_too_large`)
  }

  begin(): void {
    this.#requests.add(1)
    this.#active.add(1)
  }

  /** A request has passed the filters and needs no upstream; the router counts the others. `isDirect`: its route answers it. */
  countLocal(isDirect: boolean): void {
    this.#routed.add(1)
    if (isDirect) this.#direct.add(1)
  }

  /** Once per stream, when everything about it is known; `isLast`: no other stream goes on with its request. */
  end(info: StreamInfo, isLast: boolean): void {
    this.#active.add(-1)
    this.#time.record(Math.round(info.completeMillis - info.startMillis))
    if ((info.responseFlags & ResponseFlag.NoRouteFound) !== 0) this.#noRoute.add(1)
    if ((info.responseFlags & ResponseFlag.NoClusterFound) !== 0) this.#noCluster.add(1)
    if (info.responseCode === 0 || !isLast) return
    this.#completed.add(1)
    const digit = Math.floor(info.responseCode / 100)
    if (digit >= 1 && digit <= 5) this.#classes[digit - 1]!.add(1)
  }
}
