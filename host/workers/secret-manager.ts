/** The secrets of a process: the main thread reads and judges them, and tells every thread. */
import type { BootstrapConfig, SecretSourceConfig, TlsSecret } from '../config/types.ts'
import type { StatsStore } from '../stats/store.ts'
import { SecretStats } from '../tls/secret-stats.ts'
import { secretKeysOf } from '../tls/tls-secrets.ts'
import type { Logger } from '../util/logger.ts'
import { SecretSource, type SecretHandle } from './secret-source.ts'
import { tlsUsersOf, tryWithSecret, type TlsUser } from './tls-users.ts'

export interface SecretManagerContext {
  readonly stats: StatsStore
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Tells every thread what there is now. */
  readonly publish: (secrets: ReadonlyMap<string, TlsSecret>, handles: readonly SecretHandle[]) => void
}

export class SecretManager {
  readonly #context: SecretManagerContext
  /** By key. */
  readonly #sources = new Map<string, SecretSource>()
  /** Of what runs and of what is prepared. */
  #users: readonly TlsUser[] = []

  constructor(context: SecretManagerContext) {
    this.#context = context
  }

  get sources(): readonly SecretSource[] {
    return [...this.#sources.values()]
  }

  get(key: string): TlsSecret | null {
    return this.#sources.get(key)?.used?.secret ?? null
  }

  /** Reads those of a configuration that are not known. Throws SLUICE_CONFIG_FILE; `commit` of what runs has to follow then. */
  prepare(config: BootstrapConfig): void {
    this.#users = [...this.#users, ...tlsUsersOf(config)]
    for (const source of config.secrets) if (!this.#sources.has(source.key)) this.#open(source)
  }

  /** This configuration runs: no other needs secrets any more. */
  commit(config: BootstrapConfig): void {
    const wanted = new Set(config.secrets.map(({ key }) => key))
    this.#users = tlsUsersOf(config)
    for (const [key, source] of this.#sources) {
      if (wanted.has(key)) continue
      source.stop()
      this.#sources.delete(key)
    }
  }

  stop(): void {
    for (const source of this.#sources.values()) source.stop()
  }

  #open(config: SecretSourceConfig): void {
    const { stats, log, now } = this.#context
    const judge = (key: string, secret: TlsSecret): void => {
      for (const user of this.#usersOf(key)) tryWithSecret(user, secret)
    }
    const source = new SecretSource(config, { stats, log, now, judge, onChange: (key) => this.#onChange(key) })
    this.#sources.set(config.key, source)
    source.start()
  }

  #onChange(changed: string): void {
    // As in Envoy, also of a context that waits for another one.
    for (const { owner } of this.#usersOf(changed)) new SecretStats(this.#context.stats, owner).updates.add(1)
    const used = this.sources.flatMap((source) => (source.used === null ? [] : [source.used]))
    this.#context.publish(
      new Map(used.map(({ handle, secret }) => [handle.key, secret])),
      used.map(({ handle }) => handle),
    )
  }

  #usersOf(key: string): readonly TlsUser[] {
    return this.#users.filter(({ tls }) => secretKeysOf(tls).includes(key))
  }
}
