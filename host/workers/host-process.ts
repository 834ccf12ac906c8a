/**
 * The running host as the main thread has it: configuration, canaries, shared state, supervision of the workers, the
 * admin interface, and the root contexts that live here. Lifecycle: create → start → drain → stop.
 */
import { AdminServer } from '../admin/server.ts'
import type { BootstrapConfig, PluginConfig, SocketAddress } from '../config/types.ts'
import { SluiceError, SluiceErrors } from '../errors.ts'
import { checkPlugin } from '../plugin/check-plugin.ts'
import { countRemoteLoads } from '../plugin/vm-stats.ts'
import { createPinoSink, type LogRecord, type LogSink, type PinoSinkOptions } from '../services/log-sink.ts'
import type { LoggersOptions } from '../services/logger.ts'
import type { ListenerAddress } from '../proxy/listener-manager.ts'
import type { MetricSnapshot } from '../stats/store.ts'
import { systemClock } from '../util/clock.ts'
import { adminProviders } from './admin-providers.ts'
import { DataPlane, pluginsOf } from './data-plane.ts'
import { pluginUse, pluginError } from './plugin-set.ts'
import { checkChange } from './check-change.ts'
import { findParent, parentAddress, takeOver } from './hot-restart.ts'
import { OverloadManager } from './overload-manager.ts'
import { probeAddress } from './probe-address.ts'
import { SecretManager } from './secret-manager.ts'
import { Supervisor } from './supervisor.ts'
import type { SharedConfiguration } from './thread-config.ts'
import { createThreadState, handlesOf, openPorts, releaseThread, replaceThread, type ThreadState } from './thread-state.ts'
import type { WorkerInput } from './worker.ts'
import type { ThreadStart } from './worker-thread.ts'

/** A worker that does not move for so long is replaced, milliseconds. Callbacks of guests end by their gas long before. */
const STUCK_AFTER = 10_000

/** The process before may take so long to close its admin interface, milliseconds. */
const HAND_OVER_LIMIT = 5000

/** The worker's module has the extension of this one: it runs from sources and from the built package. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

export interface HostProcessOptions {
  readonly configuration: SharedConfiguration
  readonly concurrency: number
  /** Milliseconds. */
  readonly fileFlushInterval: number
  readonly levels: LoggersOptions
  /** Gets the log records of all threads; null = standard error. */
  readonly onLog: LogSink | null
  readonly version: string
  /** Above 0: a process that has the addresses is taken over from. */
  readonly restartEpoch: number
  /** The admin interface was asked to end the process. */
  readonly onQuit: () => void
}

export class HostProcess {
  readonly #options: HostProcessOptions
  readonly #state: ThreadState
  readonly #plane: DataPlane
  readonly #supervisor: Supervisor
  /** What runs. */
  configuration: SharedConfiguration
  readonly #admin: AdminServer | null
  readonly #overload: OverloadManager
  readonly secrets: SecretManager
  readonly startedAt = systemClock.wallMillis()
  /** Milliseconds of the day since 1970. */
  configuredAt = this.startedAt
  addresses: readonly ListenerAddress[] = []
  adminAddress: SocketAddress | null = null
  isStarted = false
  isDraining = false
  #lastReload: Promise<void> = Promise.resolve()

  constructor(options: HostProcessOptions) {
    const { configuration, concurrency, levels, onLog, fileFlushInterval } = options
    const output: PinoSinkOptions = { fd: 2, isPretty: process.stderr.isTTY === true }
    const sink = onLog ?? createPinoSink(output)
    const state = createThreadState(concurrency, levels, sink)
    this.#options = options
    this.configuration = configuration
    this.#state = state
    this.#plane = new DataPlane(configuration.config.node, state, fileFlushInterval)
    this.#overload = new OverloadManager(configuration.config.overload, state.overload, state.stats, state.loggers.get('main'))
    this.#supervisor = new Supervisor({
      entry: WORKER,
      concurrency,
      startOf: (thread) => startOf(thread, options, state, onLog === null ? output : null),
      heartbeats: state.heartbeats,
      stuckAfter: STUCK_AFTER,
      onThreadGone: (thread) => releaseThread(state, thread),
      onReplaced: (thread) => replaceThread(state, thread),
      onLog: (record: LogRecord) => sink(record),
      clock: systemClock,
      logger: state.loggers.get('main'),
    })
    this.secrets = new SecretManager({
      stats: state.stats,
      log: state.loggers.get('config'),
      now: () => systemClock.wallMillis(),
      publish: (secrets, forWorkers) => {
        this.#plane.setSecrets(secrets)
        this.#supervisor.setSecrets(forWorkers)
      },
    })
    const providers = adminProviders(this, options, state, this.#supervisor)
    this.#admin = configuration.config.admin === null ? null : new AdminServer(providers, state.loggers.get('admin'))
  }

  /** Judges plugins and addresses, then starts everything; what was started is stopped when something fails. */
  async start(): Promise<void> {
    const { config, handle } = this.configuration
    try {
      this.checkPlugins([])
      const parent = this.#options.restartEpoch > 0 ? parentAddress(config) : null
      if (parent !== null) await findParent(parent)
      else await this.#claim(config)
      this.secrets.prepare(config)
      await this.#plane.prepare(forPluginsOnly(config))
      this.#plane.commit()
      this.#overload.start()
      this.addresses = await this.#supervisor.start(handle, wantedAddresses(config))
      if (parent !== null) await this.#takeOver(parent)
    } catch (error) {
      await this.stop()
      throw error
    }
    this.isStarted = true
    this.#countServer()
  }

  /**
   * Runs another configuration; rejects, and goes on as before, when it is refused. One reload runs at a time, in the
   * order of the calls.
   */
  reload(load: () => Promise<SharedConfiguration>): Promise<void> {
    const done = this.#lastReload.then(() => this.#reload(load))
    this.#lastReload = done.catch(() => {})
    return done
  }

  async #reload(load: () => Promise<SharedConfiguration>): Promise<void> {
    const { stats } = this.#state
    try {
      await this.#replace(await load())
    } catch (error) {
      stats.counter('sluice.reload_failure').add(1)
      throw error
    }
    stats.counter('sluice.reload_success').add(1)
    stats.gauge('listener_manager.total_listeners_active').set(this.addresses.length)
  }

  /** What can fail comes first, on the main thread, then in the workers; then all of them change over. */
  async #replace(next: SharedConfiguration): Promise<void> {
    checkChange(this.configuration.config, next.config)
    this.checkPlugins(pluginsOf(this.configuration.config, true), next)
    await this.#probe(next.config)
    try {
      this.secrets.prepare(next.config)
      await this.#plane.prepare(forPluginsOnly(next.config))
      this.addresses = await this.#supervisor.reload(next.handle, wantedAddresses(next.config))
    } catch (error) {
      await this.#plane.discard()
      this.secrets.commit(this.configuration.config)
      throw error
    }
    this.#plane.commit()
    this.secrets.commit(next.config)
    this.configuration = next
    this.configuredAt = systemClock.wallMillis()
  }

  /** Nobody else may have the addresses. */
  async #claim(config: BootstrapConfig): Promise<void> {
    await this.#probe(config)
    if (config.admin !== null) this.adminAddress = await this.#admin!.start(config.admin.address)
  }

  /** Everything serves beside the process before, which ends now. If it has ended by itself meanwhile, so much the better. */
  async #takeOver(parent: SocketAddress): Promise<void> {
    const refusal = await takeOver(parent).then(
      () => null,
      (error: unknown) => error,
    )
    try {
      this.adminAddress = await this.#admin!.start(parent, refusal === null ? HAND_OVER_LIMIT : 0)
    } catch (error) {
      throw refusal ?? error
    }
  }

  /** Another process has taken over: it needs the admin address while this one drains. */
  async handOver(): Promise<void> {
    await this.#admin!.stop()
    this.#options.onQuit()
  }

  /** Addresses that this host does not have yet must be free. */
  async #probe({ listeners }: BootstrapConfig): Promise<void> {
    const isOurs = ({ host, port }: SocketAddress): boolean =>
      this.addresses.flatMap((one) => [one, ...one.additional]).some((one) => one.host === host && one.port === port)
    for (const { name, value } of listeners) {
      for (const address of [value.address, ...value.additionalAddresses])
        if (address.port !== 0 && !isOurs(address)) await probeAddress(name, address)
    }
  }

  /** The canaries: every plugin that does not run yet, in a VM of its own. Throws SluiceErrors with all refused ones. */
  checkPlugins(running: readonly PluginConfig[], { config, remoteLoads }: SharedConfiguration = this.configuration): void {
    const errors: SluiceError[] = []
    const known = new Set(running.map(pluginUse))
    countRemoteLoads(this.#state.stats, remoteLoads)
    for (const plugin of pluginsOf(config, true).filter((one) => !known.has(pluginUse(one)))) {
      try {
        checkPlugin(plugin, this.#plane.services, { stats: this.#state.stats })
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error
        errors.push(pluginError(plugin, error))
      }
    }
    if (errors.length > 0) throw new SluiceErrors(errors)
  }

  stats(): MetricSnapshot[] {
    return this.#state.stats.snapshot()
  }

  /** Stops accepting and waits for streams, at most `limit` milliseconds. */
  async drain(limit: number): Promise<void> {
    this.isDraining = true
    await this.#supervisor.drain(limit)
  }

  /** Ends workers, plugins and the admin interface; harmless when repeated. */
  async stop(): Promise<void> {
    this.isDraining = true
    this.#overload.stop()
    this.secrets.stop()
    await this.#supervisor.stop()
    await this.#admin?.stop()
    await this.#plane.stop()
  }

  #countServer(): void {
    const { stats } = this.#state
    stats.gauge('server.live').set(1)
    stats.gauge('server.hot_restart_epoch').set(this.#options.restartEpoch)
    stats.gauge('server.concurrency').set(this.#options.concurrency)
    stats.gauge('listener_manager.total_listeners_active').set(this.addresses.length)
    stats.gauge('listener_manager.workers_started').set(1)
    stats.counter('listener_manager.listener_added').add(this.addresses.length)
    stats.counter('listener_manager.listener_create_success').add(this.addresses.length)
  }
}

function startOf(thread: number, options: HostProcessOptions, state: ThreadState, log: PinoSinkOptions | null): ThreadStart {
  const { configuration, fileFlushInterval } = options
  const ports = openPorts(state)
  const input = { thread, node: configuration.config.node, state: handlesOf(state), ports, log, fileFlushInterval }
  return { workerData: input satisfies WorkerInput, transferList: Object.values(ports) }
}

/** The main thread looks after clusters for its plugins only. */
function forPluginsOnly(config: BootstrapConfig): BootstrapConfig {
  return pluginsOf(config, true).length === 0 ? { ...config, clusters: [] } : config
}

function wantedAddresses({ listeners }: BootstrapConfig): ListenerAddress[] {
  return listeners.map(({ name, value }) => ({ name, ...value.address, additional: value.additionalAddresses }))
}
