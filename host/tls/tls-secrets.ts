/** Secrets that come while a thread runs, and what is made of contexts with them. */
import type { TlsConfig, TlsSecret } from '../config/types.ts'
import { combineValidations } from './validation.ts'

/** By the keys of their sources. */
export class TlsSecrets {
  #secrets: ReadonlyMap<string, TlsSecret> = new Map()
  /** Another number after each change. */
  version = 0

  get(key: string): TlsSecret | null {
    return this.#secrets.get(key) ?? null
  }

  /** A secret that has not changed is the same object as before. */
  replace(secrets: ReadonlyMap<string, TlsSecret>): void {
    this.#secrets = secrets
    this.version++
  }
}

/** Keys of the secrets of a context. */
export function secretKeysOf({ secrets }: TlsConfig): readonly string[] {
  if (secrets === null) return []
  const keys = secrets.certificates.filter((one) => typeof one === 'string')
  return secrets.validation === null ? keys : [...keys, secrets.validation]
}

/**
 * The context with its secrets; null = it cannot be used yet: it has none of its certificates, or does not know what a
 * peer's must be (`isReady` of source/common/tls/context_config_impl.h).
 */
export function withSecrets<Config extends TlsConfig>(config: Config, get: (key: string) => TlsSecret | null): Config | null {
  const { secrets } = config
  if (secrets === null) return config
  const certificates = secrets.certificates.flatMap((one) => {
    if (typeof one !== 'string') return [one]
    const secret = get(one)
    return secret?.kind === 'tlsCertificate' ? [secret.value] : []
  })
  if (certificates.length === 0 && secrets.certificates.length > 0) return null
  if (secrets.validation === null) return { ...config, certificates, secrets: null }
  const secret = get(secrets.validation)
  if (secret?.kind !== 'validationContext') return null
  const validation = config.validation === null ? secret.value : combineValidations(config.validation, secret.value)
  return { ...config, certificates, validation, secrets: null }
}

/** What is made of a context, made anew when its secrets are others. */
export class SecretUser<Config extends TlsConfig, Made> {
  readonly #config: Config
  readonly #keys: readonly string[]
  readonly #secrets: TlsSecrets
  readonly #make: (config: Config) => Made
  #used: readonly (TlsSecret | null)[] = []
  #version: number
  #made: Made | null

  constructor(config: Config, secrets: TlsSecrets, make: (config: Config) => Made) {
    this.#config = config
    this.#keys = secretKeysOf(config)
    this.#secrets = secrets
    this.#make = make
    this.#version = secrets.version
    this.#made = this.#makeAnew()
  }

  /** Null = there are no secrets for it yet. */
  get current(): Made | null {
    if (this.#keys.length > 0 && this.#version !== this.#secrets.version) this.#follow()
    return this.#made
  }

  #follow(): void {
    this.#version = this.#secrets.version
    const isSame = this.#keys.every((key, index) => this.#secrets.get(key) === this.#used[index])
    if (!isSame) this.#made = this.#makeAnew()
  }

  #makeAnew(): Made | null {
    this.#used = this.#keys.map((key) => this.#secrets.get(key))
    const config = withSecrets(this.#config, (key) => this.#secrets.get(key))
    return config === null ? null : this.#make(config)
  }
}
