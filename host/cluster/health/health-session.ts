/**
 * The checks of one endpoint, one after the other for ever, and what follows from them
 * (source/extensions/health_checkers/common/health_checker_base_impl.cc, ActiveHealthCheckSession).
 *
 *   wait ──interval──▶ ask ──answer, or the time is over──▶ judge ──▶ wait …
 *
 * An endpoint begins as failed. The first check decides alone; after that it takes several in a row. After a worker that has
 * died, its successor begins with what is known.
 */
import type { HealthCheckConfig } from '../../config/types.ts'
import { HostFlag, type SharedHost } from '../../services/shared-hosts.ts'
import type { Random } from '../../util/random.ts'
import type { Timer, Timers } from '../../util/timers.ts'
import type { HealthStats } from './health-stats.ts'
import type { CheckFailure, Probe, ProbeOwner } from './probe.ts'

/** What a session takes from its cluster. */
export interface SessionContext {
  readonly config: HealthCheckConfig
  /** Stands for the cluster as it is configured: what was found under another one says nothing. */
  readonly checker: number
  readonly stats: HealthStats
  readonly timers: Timers
  readonly random: Random
  /** The cluster has had a connection for requests. */
  hasTraffic(): boolean
  /** A check has been passed by an endpoint that is healthy with it. */
  onPassed(host: SharedHost): void
  /** A check is over of an endpoint that began as not known; if it goes before its first one, that one too. */
  onCheckOver(): void
}

/** What the last check has changed. */
type Change = 'none' | 'pending' | 'changed'

export class HealthSession implements ProbeOwner {
  readonly #context: SessionContext
  readonly #host: SharedHost
  readonly #interval: Timer
  readonly #timeout: Timer
  readonly #probe: Probe
  /** There was no need to wait for the first check. */
  readonly isKnown: boolean
  #isFirst: boolean
  #isFailed = true
  #isDegraded = false
  /** In a row, towards the thresholds. */
  #passes = 0
  #failures = 0

  constructor(host: SharedHost, context: SessionContext, makeProbe: (owner: ProbeOwner) => Probe) {
    this.#context = context
    this.#host = host
    this.#interval = context.timers.create(() => this.#ask())
    this.#timeout = context.timers.create(() => this.#onTimeout())
    this.#probe = makeProbe(this)
    this.isKnown = host.checkedBy === context.checker && host.hasFlag(HostFlag.Checked)
    this.#isFirst = !this.isKnown
    if (this.isKnown) this.#resume()
  }

  /** Begins. */
  start(): void {
    const { initialJitter } = this.#context.config
    if (initialJitter === 0) this.#ask()
    else this.#interval.arm(Math.max(1, this.#draw(initialJitter)))
  }

  /** Ends; the endpoint keeps its flags, which nobody goes on with. */
  stop(): void {
    if (this.#host.checkedBy === this.#context.checker) this.#host.checkedBy = 0
    this.#interval.stop()
    this.#timeout.stop()
    this.#probe.close()
    const { stats } = this.#context
    if (!this.#isFailed) stats.healthy.add(-1)
    if (this.#isDegraded) stats.degraded.add(-1)
    if (this.#isFirst) this.#context.onCheckOver()
  }

  onPass(isDegraded: boolean): void {
    const { stats } = this.#context
    stats.success.add(1)
    const change = this.#countPass()
    this.#setDegraded(isDegraded)
    this.#show(false)
    this.#end()
    if (!this.#isFailed) this.#context.onPassed(this.#host)
    this.#wait(true, change)
  }

  onFail(failure: CheckFailure, isRetriable: boolean): void {
    if (failure !== 'answer') this.#context.stats.networkFailure.add(1)
    this.#wait(false, this.#countFailure(failure !== 'answer' || isRetriable, failure === 'timeout'))
  }

  onLeaveOut(): void {
    this.#host.change(HostFlag.LeftOut, 0)
  }

  /** An answer to a request has said that the endpoint is unhealthy. */
  onPassiveFailure(): void {
    this.#context.stats.passiveFailure.add(1)
    this.#countFailure(false, false)
  }

  /** The flags are those of a session like this one, in a worker that has died: its figures went with it. */
  #resume(): void {
    this.#isFailed = !this.#host.hasFlag(HostFlag.CheckPassed)
    if (!this.#isFailed) this.#context.stats.healthy.add(1)
    this.#setDegraded(this.#host.hasFlag(HostFlag.CheckDegraded))
  }

  #ask(): void {
    this.#timeout.arm(this.#context.config.timeout)
    this.#context.stats.attempt.add(1)
    this.#probe.ask()
  }

  #onTimeout(): void {
    this.#probe.cancel()
    this.onFail('timeout', false)
  }

  #countPass(): Change {
    this.#failures = 0
    if (!this.#isFailed) return 'none'
    if (!this.#isFirst && ++this.#passes !== this.#context.config.healthyThreshold) return 'pending'
    this.#isFailed = false
    this.#context.stats.healthy.add(1)
    return 'changed'
  }

  /** `needsMore`: it takes several such failures. */
  #countFailure(needsMore: boolean, isTimeout: boolean): Change {
    this.#passes = 0
    this.#context.stats.failure.add(1)
    const change = this.#fail(needsMore)
    this.#show(isTimeout)
    this.#end()
    return change
  }

  #fail(needsMore: boolean): Change {
    if (this.#isFailed) return 'none'
    if (needsMore && ++this.#failures !== this.#context.config.unhealthyThreshold) return 'pending'
    this.#isFailed = true
    this.#context.stats.healthy.add(-1)
    return 'changed'
  }

  #setDegraded(isDegraded: boolean): void {
    if (this.#isDegraded === isDegraded) return
    this.#isDegraded = isDegraded
    this.#context.stats.degraded.add(isDegraded ? 1 : -1)
  }

  /** Tells all workers, if something has changed. A cluster of the same name that goes may have said otherwise. */
  #show(isTimeout: boolean): void {
    const { Checked, CheckPassed, CheckDegraded, CheckTimedOut, LeftOut } = HostFlag
    let set: number = Checked
    if (this.#isDegraded) set |= CheckDegraded
    if (!this.#isFailed) set |= CheckPassed
    else if (isTimeout) set |= CheckTimedOut
    this.#host.checkedBy = this.#context.checker
    this.#host.change(set, CheckPassed | CheckDegraded | CheckTimedOut | (this.#isFailed ? 0 : LeftOut))
  }

  #end(): void {
    this.#isFirst = false
    if (!this.isKnown) this.#context.onCheckOver()
  }

  #wait(hasPassed: boolean, change: Change): void {
    this.#timeout.disarm()
    const base = this.#baseInterval(hasPassed, change === 'pending')
    const { intervalJitter, intervalJitterPercent } = this.#context.config
    const jitter = this.#draw((intervalJitterPercent * base) / 100) + this.#draw(intervalJitter)
    this.#interval.arm(Math.max(1, base + jitter))
  }

  #baseInterval(hasPassed: boolean, isEdge: boolean): number {
    const { intervals } = this.#context.config
    if (!this.#context.hasTraffic()) return hasPassed && !isEdge ? intervals.noTrafficHealthy : intervals.noTraffic
    if (hasPassed) return isEdge ? intervals.healthyEdge : intervals.healthy
    return isEdge ? intervals.unhealthyEdge : intervals.unhealthy
  }

  /** Whole milliseconds below the limit. */
  #draw(limit: number): number {
    return Math.floor(this.#context.random.fraction() * limit)
  }
}
