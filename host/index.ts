/** The public interface of the package: a host inside the caller's process, its streams in worker threads. */
import { availableParallelism } from 'node:os'
import type { SocketAddress } from './config/types.ts'
import type { RegistryAccess } from './oci/registry/access.ts'
import type { LogRecord } from './services/log-sink.ts'
import type { MetricSnapshot } from './stats/store.ts'
import type { ConfigText } from './config/index.ts'
import type { LogLevel } from './util/logger.ts'
import { version } from './util/version.ts'
import type { EngineName } from './vm/engines.ts'
import { HostProcess } from './workers/host-process.ts'
import { loadConfiguration, type SharedConfiguration } from './workers/thread-config.ts'

export { SluiceError, SluiceErrors, type ErrorCode, type ErrorDetail } from './errors.ts'
export { version }
export type { ConfigText, EngineName, LogLevel, LogRecord, MetricSnapshot, RegistryAccess, SocketAddress }

/** An Envoy v3 bootstrap: YAML or JSON text, the same as an object, or several named texts, later ones merged over earlier ones. */
export type ConfigInput = string | object | readonly ConfigText[]

export interface HostOptions {
  readonly config: ConfigInput
  /** Runs every plugin; null, the default = the engine that each plugin's `vm_config.runtime` names. */
  readonly engine?: EngineName | null
  /** How registries are reached that modules come from (`oci://`); default: as docs/REGISTRIES.md says. */
  readonly registries?: RegistryAccess
  /** Worker threads; default: as many as the machine runs at once. */
  readonly concurrency?: number
  /** Level of all components; default `info`. */
  readonly logLevel?: LogLevel
  /** Levels of single components: `{ wasm: 'debug' }`. */
  readonly componentLogLevels?: Readonly<Record<string, LogLevel>>
  /** Milliseconds after which access logs are written out; default 10 000. */
  readonly fileFlushInterval?: number
  /**
   * Above 0: the host takes over from the process with the same admin address. It binds the same addresses beside it, and once it serves,
   * has it drain and end. Default 0: nobody else may have the addresses.
   */
  readonly restartEpoch?: number
  /** Gets the log records of all threads, instead of standard error. */
  readonly onLog?: (record: LogRecord) => void
}

/** A running host. */
export interface Host {
  /** Where each listener is, by name; port 0 of the configuration is replaced by the real one. */
  readonly addresses: ReadonlyMap<string, SocketAddress>
  /** The same with `additional_addresses`, in their order. */
  readonly allAddresses: ReadonlyMap<string, readonly SocketAddress[]>
  /** Files that the configuration of now names: modules, certificates, bodies. */
  readonly files: readonly string[]
  /** Null without an admin interface. */
  readonly adminAddress: SocketAddress | null
  /** Resolves when the admin interface was asked to end the process (`/quitquitquit`, `/hand_over`); whoever made the host stops it. */
  readonly quitRequested: Promise<void>
  /**
   * Runs another configuration: its plugins, clusters and listeners take the place of those that run, in all workers at
   * once. What stays equal is not touched, sockets and connections stay open, and streams end with what they began with.
   * Rejects as {@link createHost} does when anything is refused; then nothing has changed.
   */
  reload(config: ConfigInput): Promise<void>
  /** Every metric now. */
  stats(): MetricSnapshot[]
  /** Refuses new connections and waits until the open streams have ended, at most `limitMillis` (default 600 s). */
  drain(limitMillis?: number): Promise<void>
  /** Ends everything; harmless when repeated. */
  stop(): Promise<void>
}

const DEFAULT_DRAIN_LIMIT = 600_000
const DEFAULT_FLUSH_INTERVAL = 10_000

/** Starts a host. Rejects with `SluiceErrors` or `SluiceError` when configuration, plugins or addresses are refused. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { promise: quitRequested, resolve: onQuit } = Promise.withResolvers<void>()
  const host = await makeProcess(options, onQuit)
  await host.start()
  return {
    get allAddresses() {
      return new Map(host.addresses.map(({ name, host: ip, port, additional }) => [name, [{ host: ip, port }, ...additional]]))
    },
    get addresses() {
      return new Map(host.addresses.map(({ name, host: ip, port }) => [name, { host: ip, port }]))
    },
    get files() {
      return [...host.configuration.handle.files.keys()]
    },
    adminAddress: host.adminAddress,
    quitRequested,
    reload: (config) => host.reload(() => load(config, options)),
    stats: () => host.stats(),
    drain: (limitMillis = DEFAULT_DRAIN_LIMIT) => host.drain(limitMillis),
    stop: () => host.stop(),
  }
}

/** Judges a configuration without serving: everything but the addresses. Rejects as {@link createHost} does. */
export async function validateConfig(options: Pick<HostOptions, 'config' | 'engine' | 'registries'>): Promise<void> {
  const host = await makeProcess({ ...options, concurrency: 1, logLevel: 'off' }, () => {})
  try {
    host.checkPlugins([])
  } finally {
    await host.stop()
  }
}

async function makeProcess(options: HostOptions, onQuit: () => void): Promise<HostProcess> {
  const { config, concurrency = availableParallelism(), logLevel = 'info', componentLogLevels = {}, onLog = null } = options
  const { fileFlushInterval = DEFAULT_FLUSH_INTERVAL, restartEpoch = 0 } = options
  return new HostProcess({
    configuration: await load(config, options),
    concurrency,
    levels: { level: logLevel, components: new Map(Object.entries(componentLogLevels)) },
    fileFlushInterval,
    onLog,
    version: version(),
    restartEpoch,
    onQuit,
  })
}

function load(config: ConfigInput, { engine = null, registries = {} }: Partial<HostOptions>): Promise<SharedConfiguration> {
  return loadConfiguration(textsOf(config), engine, registries)
}

function textsOf(config: ConfigInput): readonly ConfigText[] {
  if (typeof config === 'string') return [{ name: 'config', text: config }]
  if (isTexts(config)) return config
  return [{ name: 'config', text: JSON.stringify(config) }]
}

function isTexts(config: object): config is readonly ConfigText[] {
  return Array.isArray(config)
}
