/**
 * Starts the workers and keeps them running: a worker that ends, or whose heartbeat stops, is replaced after a
 * back-off, on the same addresses and under the same number.
 */
import type { LogRecord } from '../services/log-sink.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { Pulse, type Heartbeats } from './heartbeat.ts'
import type { ListenerAddress } from '../proxy/listener-manager.ts'
import type { ClusterView } from './messages.ts'
import type { SecretHandle } from './secret-source.ts'
import type { ConfigHandle } from './thread-config.ts'
import type { TapRequest } from '../tap/tap-session.ts'
import { ThreadsTap } from './threads-tap.ts'
import { WorkerThread, type ThreadStart } from './worker-thread.ts'

const FIRST_BACKOFF = 1000
const MAX_BACKOFF = 30_000
/** A worker that lived this long starts again with the first back-off. */
const STABLE_AFTER = 60_000
const WATCH_PERIOD = 1000
/** Longest time that a worker may take to stop before it is terminated. */
const STOP_LIMIT = 5000

export interface SupervisorOptions {
  /** The module that a worker runs. */
  readonly entry: URL
  readonly concurrency: number
  /** What a thread for the worker of this number (from 1) gets. */
  readonly startOf: (worker: number) => ThreadStart
  readonly heartbeats: Heartbeats
  /** Milliseconds without a heartbeat after which a worker is replaced. */
  readonly stuckAfter: number
  /** A thread has ended: locks that it held are to be freed. */
  readonly onThreadGone: (worker: number) => void
  /** A worker serves in the place of one that has ended. */
  readonly onReplaced: (worker: number) => void
  /** Log records of workers that do not write them themselves. */
  readonly onLog: (record: LogRecord) => void
  readonly clock: Clock
  readonly logger: Logger
}

/** One numbered place for a worker; the thread in it changes. */
interface Place {
  readonly worker: number
  thread: WorkerThread
  /** It has a configuration and takes another one when there is one. */
  isServing: boolean
  pulse: Pulse | null
  startedAt: number
  backoff: number
  restart: NodeJS.Timeout | null
}

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #places: Place[] = []
  #config: ConfigHandle | null = null
  #secrets: readonly SecretHandle[] = []
  #addresses: readonly ListenerAddress[] = []
  #watch: NodeJS.Timeout | null = null
  #isStopping = false

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Starts all workers; the first one finds the ports that are 0. Rejects with what the first failing worker says. */
  async start(config: ConfigHandle, addresses: readonly ListenerAddress[]): Promise<readonly ListenerAddress[]> {
    const { concurrency } = this.#options
    for (let worker = 1; worker <= concurrency; worker++) this.#places.push(this.#open(worker))
    this.setSecrets(this.#secrets)
    await this.#configure(this.#places, config, addresses)
    for (const place of this.#places) {
      this.#followEnd(place)
      this.#followPulse(place)
    }
    this.#watch = setInterval(() => this.#checkPulses(), WATCH_PERIOD)
    return this.#addresses
  }

  /**
   * Gives all workers another configuration, or none of them: rejects with what the first one refuses. `addresses` says
   * where its listeners are wanted.
   */
  async reload(config: ConfigHandle, addresses: readonly ListenerAddress[]): Promise<readonly ListenerAddress[]> {
    await this.#configure(
      this.#places.filter((place) => place.isServing),
      config,
      addresses,
    )
    return this.#addresses
  }

  /** All workers use these secrets for new connections, those that start later too. */
  setSecrets(secrets: readonly SecretHandle[]): void {
    this.#secrets = secrets
    for (const { thread } of this.#places) thread.call('secrets', secrets).catch(() => null)
  }

  /** Clusters as each living worker sees them. */
  async clusters(): Promise<readonly (readonly ClusterView[])[]> {
    const answers = this.#places.map((place) => place.thread.call('clusters', null).catch(() => []))
    return Promise.all(answers)
  }

  async drainListeners(isInboundOnly: boolean): Promise<void> {
    await Promise.all(this.#places.map((place) => place.thread.call('drainListeners', { isInboundOnly }).catch(() => null)))
  }

  async reopenLogs(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.thread.call('reopenLogs', null).catch(() => null)))
  }

  /** Taps the workers that serve now; one that starts later is left out. */
  openTap(request: TapRequest): Promise<ThreadsTap> {
    const serving = this.#places.filter((place) => place.isServing)
    return ThreadsTap.open(
      serving.map((place) => place.thread),
      request,
    )
  }

  /** Ends when no connection is left, at the latest after `limit` milliseconds. */
  async drain(limit: number): Promise<void> {
    this.#isStopping = true
    for (const { restart } of this.#places) if (restart !== null) clearTimeout(restart)
    const drained = this.#places.map((place) => place.thread.call('drain', null).catch(() => null))
    await within(limit, Promise.all(drained))
  }

  /** Ends all workers; harmless when repeated. */
  async stop(): Promise<void> {
    this.#isStopping = true
    if (this.#watch !== null) clearInterval(this.#watch)
    this.#watch = null
    await Promise.all(this.#places.map((place) => this.#stopPlace(place)))
  }

  async #stopPlace(place: Place): Promise<void> {
    if (place.restart !== null) clearTimeout(place.restart)
    place.thread.call('stop', null).catch(() => null)
    if (!(await within(STOP_LIMIT, place.thread.ended))) await place.thread.terminate()
  }

  async #configure(places: readonly Place[], config: ConfigHandle, addresses: readonly ListenerAddress[]): Promise<void> {
    const threads = places.map((place) => place.thread)
    try {
      this.#addresses = await prepareAll(threads, config, addresses)
    } catch (error) {
      await Promise.all(threads.map((thread) => thread.call('discard', null).catch(() => null)))
      throw error
    }
    this.#config = config
    await Promise.all(threads.map((thread) => thread.call('commit', null)))
    for (const place of places) place.isServing = true
  }

  #open(worker: number): Place {
    const { clock } = this.#options
    return {
      worker,
      thread: this.#makeThread(worker),
      isServing: false,
      pulse: null,
      startedAt: clock.monotonicMillis(),
      backoff: 0,
      restart: null,
    }
  }

  #makeThread(worker: number): WorkerThread {
    const { entry, startOf, onLog } = this.#options
    return new WorkerThread(entry, `worker ${worker}`, startOf(worker), onLog)
  }

  #followEnd(place: Place): void {
    void place.thread.ended.then((cause) => this.#onEnded(place, cause))
  }

  /** Only a worker that serves is watched: to compile a large module takes its time. */
  #followPulse(place: Place): void {
    const { heartbeats, stuckAfter, clock } = this.#options
    place.pulse = new Pulse(heartbeats, place.worker - 1, stuckAfter, clock.monotonicMillis())
  }

  #checkPulses(): void {
    const { clock, logger, stuckAfter } = this.#options
    for (const place of this.#places) {
      if (place.pulse === null || !place.pulse.isLost(clock.monotonicMillis())) continue
      place.pulse = null
      logger.log(5, `worker ${place.worker} did not move for ${stuckAfter} ms: it is replaced`)
      void place.thread.terminate()
    }
  }

  #onEnded(place: Place, cause: Error | null): void {
    this.#options.onThreadGone(place.worker)
    place.pulse = null
    place.isServing = false
    if (this.#isStopping) return
    const lived = this.#options.clock.monotonicMillis() - place.startedAt
    place.backoff = lived > STABLE_AFTER || place.backoff === 0 ? FIRST_BACKOFF : Math.min(place.backoff * 2, MAX_BACKOFF)
    this.#options.logger.log(
      5,
      `worker ${place.worker} ended (${cause?.stack ?? 'no error'}): the next one starts in ${place.backoff} ms`,
    )
    place.restart = setTimeout(() => void this.#restart(place), place.backoff)
  }

  /** The configuration may change while a worker starts with the one before. */
  async #catchUp(place: Place): Promise<void> {
    while (!place.isServing) {
      const config = this.#config!
      await place.thread.call('secrets', this.#secrets)
      await place.thread.call('prepare', config)
      await place.thread.call('listen', this.#addresses)
      await place.thread.call('commit', null)
      place.isServing = config === this.#config
    }
  }

  async #restart(place: Place): Promise<void> {
    place.restart = null
    place.startedAt = this.#options.clock.monotonicMillis()
    place.thread = this.#makeThread(place.worker)
    this.#followEnd(place)
    try {
      await this.#catchUp(place)
      this.#followPulse(place)
      this.#options.onReplaced(place.worker)
    } catch (error) {
      this.#options.logger.log(5, `worker ${place.worker} could not start: ${String(error)}`)
      await place.thread.terminate()
    }
  }
}

/** Rejects with what the first thread refuses, once all have answered; says where the listeners are. */
async function prepareAll(
  threads: readonly WorkerThread[],
  config: ConfigHandle,
  addresses: readonly ListenerAddress[],
): Promise<readonly ListenerAddress[]> {
  const [first, ...others] = threads
  await allOver(threads.map((thread) => thread.call('prepare', config)))
  const found = first === undefined ? addresses : await first.call('listen', addresses)
  await allOver(others.map((thread) => thread.call('listen', found)))
  return found
}

/** As `Promise.all`, but nobody is still at it when it rejects: a thread that goes on would keep what it was told to discard. */
async function allOver(calls: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(calls)
  await Promise.all(calls)
}

/** True when the promise ends within the time. */
async function within(millis: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), millis)))
  const isInTime = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return isInTime
}
