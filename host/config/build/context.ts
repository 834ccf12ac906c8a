/** What building needs from outside, and the faults that only building can find. */
import { createHash, type Hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { toBinary } from '@bufbuild/protobuf'
import { SluiceError } from '../../errors.ts'
import { utf8ByteString } from '../../util/bytes.ts'
import type { EngineName } from '../../vm/engines.ts'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import { toMilliseconds } from '../duration.ts'
import type { Resource, SecretSourceConfig } from '../types.ts'
import { StaticSecrets, type SecretKind, type StaticSecret } from './static-secrets.ts'
import type { AsyncDataSource, DataSource, RemoteDataSource } from '../gen/envoy/config/core/v3/base_pb.ts'
import { SecretSchema, type Secret } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'

/** A module on another machine, as the configuration names it. */
export interface RemoteSource {
  readonly uri: string
  /** In hex; '' = the configuration does not say. */
  readonly sha256: string
  /** A byte string, as the names of clusters. */
  readonly cluster: string
  /** Milliseconds. */
  readonly timeout: number
  /** A new look at the registry is wanted at every start, although the image may be known here. */
  readonly isAlwaysPulled: boolean
}

/** Files and environment that a configuration refers to. */
export interface BuildInput {
  /** Throws as `readFileSync` does. */
  readonly readFile: (path: string) => Uint8Array
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What was fetched before, or why it was not (throws `SluiceError`); absent = nothing can be fetched here. */
  readonly readRemote?: (source: RemoteSource) => Uint8Array
  /** Runs every plugin; null or absent = the engine that each plugin's `vm_config.runtime` names. */
  readonly engine?: EngineName | null
}

/** The files and the environment of this process. */
export const PROCESS_INPUT: BuildInput = { readFile: (path) => readFileSync(path), environment: process.env }

const NOTHING = new Uint8Array(0)

/** As Envoy calls them. */
const KIND_NAMES: Readonly<Record<SecretKind, string>> = {
  tlsCertificate: 'secret',
  validationContext: 'certificate validation context',
}

/** Reads data sources, each file once, and collects faults. */
export class BuildContext {
  readonly faults: Fault[] = []
  readonly environment: BuildInput['environment']
  readonly engine: EngineName | null
  readonly #secrets: StaticSecrets
  readonly #readFile: BuildInput['readFile']
  readonly #readRemote: BuildInput['readRemote']
  readonly #sources = new Map<string, SecretSourceConfig>()
  readonly #files = new Map<string, Uint8Array>()
  readonly #optionalFiles = new Map<string, Uint8Array | null>()
  /** Contents that went into the resource that is being built. */
  #contents: Hash | null = null

  /** `secrets`: those of the configuration. */
  constructor(input: BuildInput, secrets: readonly Secret[] = []) {
    this.#secrets = new StaticSecrets(secrets)
    this.environment = input.environment
    this.engine = input.engine ?? null
    this.#readFile = input.readFile
    this.#readRemote = input.readRemote
  }

  /** A resource; contents that it has from files and other machines are part of its identity. */
  resource<T>(name: string, identity: string, build: () => T): Resource<T> {
    this.#contents = null
    const value = build()
    const contents = this.#contents as Hash | null
    // What is read outside of resources belongs to none.
    this.#contents = null
    return { name, identity: contents === null ? identity : contents.update(identity).digest('hex'), value }
  }

  /** The bytes of a module, from here or from another machine. */
  code(source: AsyncDataSource | undefined, isAlwaysPulled: boolean, path: ConfigPath): Uint8Array {
    const specifier = source?.specifier
    if (specifier?.case !== 'remote') return this.bytes(specifier?.value, [...path, 'local'])
    const at = [...path, 'remote']
    if (this.#readRemote !== undefined) return this.#remote(this.#readRemote, toRemoteSource(specifier.value, isAlwaysPulled), at)
    const message = 'Nothing is fetched here'
    this.faults.push({ code: 'SLUICE_CONFIG_REFERENCE', message, path: at, wanted: 'local' })
    return NOTHING
  }

  /** The bytes that a data source means; none when it is missing or has a fault. */
  bytes(source: DataSource | undefined, path: ConfigPath): Uint8Array {
    const specifier = source?.specifier
    if (specifier?.case === 'inlineBytes') return specifier.value
    if (specifier?.case === 'inlineString') return Buffer.from(specifier.value)
    if (specifier?.case === 'filename') return this.#file(specifier.value, [...path, 'filename'])
    if (specifier?.case === 'environmentVariable') return this.#variable(specifier.value, [...path, 'environment_variable'])
    return NOTHING
  }

  /** A secret of the configuration; null when there is none of this kind and name, which is a fault at `path`. */
  secret<Kind extends SecretKind>(kind: Kind, name: string, path: ConfigPath): StaticSecret<Kind> | null {
    const found = this.#secrets.find(kind, name)
    if (found !== null) this.#take(toBinary(SecretSchema, found.secret))
    else {
      const message = `Unknown static ${KIND_NAMES[kind]}`
      const wanted = 'the name of one of static_resources.secrets'
      this.faults.push({ code: 'SLUICE_CONFIG_REFERENCE', message, path, seen: show(name), wanted })
    }
    return found
  }

  /** Notes where a secret comes from; says the key of the source. */
  secretSource(source: Omit<SecretSourceConfig, 'key'>): string {
    const key = JSON.stringify([source.kind, source.name, source.path, source.watchedDirectory])
    this.#sources.set(key, { key, ...source })
    return key
  }

  /** Every source of secrets so far. */
  get secretSources(): SecretSourceConfig[] {
    return [...this.#sources.values()]
  }

  /** Runs the compiler of a format string or template; what it throws becomes a fault at `path`. */
  checkFormat(compile: () => unknown, path: ConfigPath): void {
    try {
      compile()
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      const { seen = '', wanted = '' } = error.detail
      this.faults.push({ code: error.code, message: error.message, path, seen, wanted })
    }
  }

  /** A file that may be missing. */
  optionalFile(name: string): Uint8Array | null {
    let bytes = this.#optionalFiles.get(name)
    if (bytes === undefined) {
      bytes = this.#readIfThere(name)
      this.#optionalFiles.set(name, bytes)
    }
    return bytes
  }

  #readIfThere(name: string): Uint8Array | null {
    try {
      return this.#readFile(name)
    } catch {
      return null
    }
  }

  #remote(read: (source: RemoteSource) => Uint8Array, source: RemoteSource, path: ConfigPath): Uint8Array {
    try {
      return this.#take(read(source))
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      const { path: place = source.uri, seen = 'nothing', ...detail } = error.detail
      const message = `Cannot fetch the module from ${place}: ${error.message}`
      this.faults.push({ code: error.code, message, path, seen, ...detail })
      return NOTHING
    }
  }

  #file(name: string, path: ConfigPath): Uint8Array {
    const known = this.#files.get(name)
    if (known !== undefined) return this.#take(known)
    try {
      const bytes = this.#readFile(name)
      this.#files.set(name, bytes)
      return this.#take(bytes)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.faults.push({
        code: 'SLUICE_CONFIG_FILE',
        message: `Cannot read file (${reason})`,
        path,
        seen: name,
        wanted: 'a file that can be read',
      })
      return NOTHING
    }
  }

  #take(bytes: Uint8Array): Uint8Array {
    this.#contents ??= createHash('sha256')
    this.#contents.update(createHash('sha256').update(bytes).digest())
    return bytes
  }

  #variable(name: string, path: ConfigPath): Uint8Array {
    const value = this.environment[name]
    if (value !== undefined) return this.#take(Buffer.from(value))
    const wanted = 'the name of an environment variable that is set'
    this.faults.push({ code: 'SLUICE_CONFIG_REFERENCE', message: 'Unknown environment variable', path, seen: show(name), wanted })
    return NOTHING
  }
}

function toRemoteSource({ httpUri, sha256 }: RemoteDataSource, isAlwaysPulled: boolean): RemoteSource {
  const timeout = httpUri?.timeout === undefined ? 0 : toMilliseconds(httpUri.timeout)
  return {
    uri: httpUri?.uri ?? '',
    sha256,
    cluster: utf8ByteString(httpUri?.httpUpstreamType.value ?? ''),
    timeout,
    isAlwaysPulled,
  }
}
