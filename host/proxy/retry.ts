/**
 * The further attempts of one request: keeps what came of it, decides, waits and limits the time of each attempt
 * (source/common/router/router.cc). Only requests that may be tried again have one.
 */
import type { Cluster } from '../cluster/cluster.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import type { PickContext } from '../cluster/load-balancer.ts'
import type { MetadataMatchConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { BodyBuffer } from '../http/body-buffer.ts'
import { ResponseFlag } from '../http/stream-info.ts'
import type { Random } from '../util/random.ts'
import type { RetryState } from './retry-state.ts'
import { OwnedTimeout, type TimeoutPool } from './timeout-pool.ts'
import type { UpstreamAttempt } from './upstream-attempt.ts'
import type { Uint64 } from '../util/uint64.ts'

/** The stream whose request this is. */
export interface RetryOwner {
  /** Of the request, the same for every attempt; null = chance decides on the endpoint. */
  readonly hash: Uint64 | null
  /** Null = endpoints of any metadata. */
  readonly metadataMatch: MetadataMatchConfig | null
  /** Time for the next attempt. */
  onRetry(): void
  /** The attempt takes too long. */
  onTryTimeout(): void
}

export interface RetryContext {
  readonly timeouts: TimeoutPool
  readonly random: Random
}

export class Retry implements PickContext {
  readonly state: RetryState
  readonly #cluster: Cluster
  readonly #context: RetryContext
  readonly #wait: OwnedTimeout
  readonly #tryTimeout: OwnedTimeout
  readonly #perTryMillis: number
  readonly #tried: Endpoint[] = []
  readonly #owner: RetryOwner
  /** Null once it is too much to keep: there is no further attempt then. */
  #body: BodyBuffer | null = new BodyBuffer()
  #trailers: HeaderMap | null = null
  #isComplete = false
  #holdsBreaker = false
  /** The one that runs, from 1. */
  attempt = 1

  constructor(state: RetryState, perTryMillis: number, cluster: Cluster, owner: RetryOwner, context: RetryContext) {
    this.state = state
    this.#perTryMillis = perTryMillis
    this.#cluster = cluster
    this.#context = context
    this.#owner = owner
    this.#wait = new OwnedTimeout(context.timeouts, () => owner.onRetry())
    this.#tryTimeout = new OwnedTimeout(context.timeouts, () => owner.onTryTimeout())
  }

  get hash(): Uint64 | null {
    return this.#owner.hash
  }

  get metadataMatch(): MetadataMatchConfig | null {
    return this.#owner.metadataMatch
  }

  get maxRepicks(): number {
    return this.attempt === 1 ? 0 : this.state.config.repicks
  }

  refuses(endpoint: Endpoint): boolean {
    return this.state.config.avoidsTriedEndpoints && this.#tried.includes(endpoint)
  }

  /** An attempt goes to this endpoint. */
  note(endpoint: Endpoint): void {
    this.#tried.push(endpoint)
  }

  // The request, as it comes.

  /** False when it has just become too long to keep: there is no further attempt then. */
  keepData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    this.#isComplete = endStream
    if (this.#body === null) return true
    this.#body.append(Buffer.from(bytes.subarray(start, end)))
    if (this.#body.length <= this.#cluster.config.bufferLimit) return true
    this.#body = null
    return false
  }

  keepTrailers(trailers: HeaderMap): void {
    this.#isComplete = true
    this.#trailers = trailers
  }

  keepEnd(): void {
    this.#isComplete = true
  }

  /** Sends what has come so far with another attempt. */
  replay(headers: HeaderMap, attempt: UpstreamAttempt): void {
    const chunks = this.#body!.chunks
    const isComplete = this.#isComplete && this.#trailers === null
    attempt.start(headers, isComplete && chunks.length === 0)
    for (let i = 0; i < chunks.length; i++) {
      const bytes = chunks[i] as Buffer // that is what keepData puts there
      attempt.sendData(bytes, 0, bytes.length, isComplete && i === chunks.length - 1)
    }
    if (this.#trailers !== null) attempt.sendTrailers(this.#trailers)
    if (this.#isComplete) this.armTry()
  }

  // The attempts.

  /** The time of an attempt runs from the end of the request. */
  armTry(): void {
    if (this.#perTryMillis > 0) this.#tryTimeout.start(this.#perTryMillis)
  }

  /** The attempt was answered or failed. */
  endTry(): void {
    this.#tryTimeout.stop()
  }

  /** Whether another attempt follows after a while; if not, `flag` is the response flag that says why, or 0. */
  schedule(): { readonly isNext: boolean; readonly flag: number } {
    const { stats, breakers } = this.#cluster
    this.endTry()
    this.#release()
    if (this.#body === null) return { isNext: false, flag: 0 }
    if (!this.state.take()) {
      stats.rqRetryLimitExceeded.add(1)
      return { isNext: false, flag: ResponseFlag.UpstreamRetryLimitExceeded }
    }
    if (!breakers.retries.tryTake()) {
      stats.rqRetryOverflow.add(1)
      return { isNext: false, flag: ResponseFlag.UpstreamOverflow }
    }
    this.#holdsBreaker = true
    this.attempt++
    stats.rqRetry.add(1)
    stats.rqRetryBackoff.add(1)
    this.#wait.start(Math.max(1, this.state.nextDelay(this.#context.random)))
    return { isNext: true, flag: 0 }
  }

  /** Nothing of it is needed any more; harmless when repeated. */
  end(): void {
    this.#wait.stop()
    this.endTry()
    this.#release()
  }

  #release(): void {
    if (this.#holdsBreaker) this.#cluster.breakers.retries.release()
    this.#holdsBreaker = false
  }
}
