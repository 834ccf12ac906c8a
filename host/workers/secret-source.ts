/**
 * A secret from a file, as the main thread keeps it (source/common/secret/sds_api.cc): read at the start and whenever the
 * file, or one that it names, holds something else. What is wrong is counted and told, and the secret before stays.
 */
import { readFileSync } from 'node:fs'
import {
  buildSecret,
  encodeSecret,
  parseResponse,
  secretOf,
  watchedDirectoryOf,
  type DiscoveryResponse,
  type Secret,
} from '../config/secrets.ts'
import type { SecretSourceConfig, TlsSecret } from '../config/types.ts'
import { SluiceError, SluiceErrors } from '../errors.ts'
import type { Counter, Gauge } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import { messageOf, readOr } from '../util/attempt.ts'
import type { Logger } from '../util/logger.ts'
import { watchFiles } from '../util/watch-files.ts'

/** A secret on its way to other threads: the message, and the files that it names as the main thread has read them. */
export interface SecretHandle {
  readonly key: string
  /** Another number for each secret. */
  readonly revision: number
  readonly message: Uint8Array
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** What is used of a source. */
export interface UsedSecret {
  readonly handle: SecretHandle
  readonly secret: TlsSecret
  readonly message: Secret
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly updatedAt: number
}

export interface SecretSourceContext {
  readonly stats: StatsStore
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Throws when a context that uses the secret cannot. */
  readonly judge: (key: string, secret: TlsSecret) => void
  /** There is another secret. */
  readonly onChange: (key: string) => void
}

const WARNING = 3
let lastRevision = 0

export class SecretSource {
  readonly config: SecretSourceConfig
  readonly #context: SecretSourceContext
  readonly #stats: SecretSourceStats
  /** Milliseconds since the epoch. */
  readonly openedAt: number
  /** Null = there has been none that can be used. */
  used: UsedSecret | null = null
  /** The last one that could be read, used or not. */
  #latest: { readonly message: Secret; readonly version: string } | null = null
  #stopWatching: () => void = () => {}
  #stopWatchingFiles: () => void = () => {}

  constructor(config: SecretSourceConfig, context: SecretSourceContext) {
    this.config = config
    this.#context = context
    this.openedAt = context.now()
    this.#stats = new SecretSourceStats(context.stats, config.name)
  }

  /** Reads the file; throws SLUICE_CONFIG_FILE when it cannot be read or watched. */
  start(): void {
    const { path, watchedDirectory } = this.config
    const text = readOr('SLUICE_CONFIG_FILE', 'Cannot read the file of a secret', path).toString()
    this.#stopWatching = watchFiles([path], () => this.#onFile(), watchedDirectory)
    this.#update(text)
  }

  stop(): void {
    this.#stopWatching()
    this.#stopWatchingFiles()
  }

  /** A file that is gone changes nothing. */
  #onFile(): void {
    let text: string
    try {
      text = readFileSync(this.config.path, 'utf8')
    } catch {
      return
    }
    this.#update(text)
  }

  #update(text: string): void {
    const { path } = this.config
    this.#stats.attempts.add(1)
    let response: DiscoveryResponse
    try {
      response = parseResponse({ name: path, text })
    } catch (error) {
      this.#stats.failures.add(1)
      return this.#tell(`update failure: in ${path}, ${reasonOf(error)}`)
    }
    try {
      this.#latest = { message: secretOf(response, this.config), version: response.versionInfo }
      this.#use(this.#latest.message, this.#latest.version)
    } catch (error) {
      this.#stats.rejections.add(1)
      return this.#tell(`update rejected: ${reasonOf(error)}`)
    }
    this.#stats.successes.add(1)
    this.#stats.updatedAt.set(this.#context.now())
  }

  /** A file that the secret names has changed. */
  #onSecretFile(): void {
    const { message, version } = this.#latest!
    try {
      this.#use(message, version)
    } catch (error) {
      this.#stats.failedRotations.add(1)
      this.#tell(`rotation failed: ${reasonOf(error)}`)
    }
  }

  #use(message: Secret, version: string): void {
    const { key } = this.config
    const files = new Map<string, Uint8Array>()
    const readFile = (path: string): Uint8Array => {
      files.set(path, new Uint8Array(0))
      const bytes = readFileSync(path)
      files.set(path, bytes)
      return bytes
    }
    let secret: TlsSecret
    try {
      secret = buildSecret(message, { readFile, environment: process.env })
    } finally {
      this.#watchSecretFiles(message, [...files.keys()])
    }
    this.#context.judge(key, secret)
    const handle = { key, revision: ++lastRevision, message: encodeSecret(message), files }
    this.used = { handle, secret, message, version, updatedAt: this.#context.now() }
    this.#context.onChange(key)
  }

  /** Also those of a secret that cannot be used: it may be because of them. */
  #watchSecretFiles(message: Secret, paths: readonly string[]): void {
    this.#stopWatchingFiles()
    this.#stopWatchingFiles = () => {}
    if (paths.length === 0) return
    this.#stopWatchingFiles = watchFiles(paths, () => this.#onSecretFile(), watchedDirectoryOf(message))
  }

  #tell(what: string): void {
    this.#context.log.log(WARNING, `secret ${this.config.name}: ${what}`)
  }
}

/** Statistics of sources of one name under `sds.<name>.`. */
class SecretSourceStats {
  readonly attempts: Counter
  readonly successes: Counter
  readonly failures: Counter
  readonly rejections: Counter
  readonly failedRotations: Counter
  readonly updatedAt: Gauge

  constructor(stats: StatsStore, name: string) {
    const counter = (what: string): Counter => stats.counter(`sds.${name}.${what}`)
    this.attempts = counter('update_attempt')
    this.successes = counter('update_success')
    this.failures = counter('update_failure')
    this.rejections = counter('update_rejected')
    this.failedRotations = counter('key_rotation_failed')
    counter('init_fetch_timeout')
    this.updatedAt = stats.gauge(`sds.${name}.update_time`)
  }
}

/** Without what was seen: that may be a key. */
function reasonOf(error: unknown): string {
  if (error instanceof SluiceErrors) return error.errors.map(reasonOf).join('; ')
  return error instanceof SluiceError ? `${error.detail.path ?? ''}: ${error.message}` : messageOf(error)
}
