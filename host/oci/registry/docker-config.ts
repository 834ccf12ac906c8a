/** Docker's `config.json`: where it is, what it says of credentials, and how an entry is changed. */
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { messageOf, readOr } from '../../util/attempt.ts'
import type { Environment } from './access.ts'
import { isFields, parse, type Fields } from './json.ts'
import { canonicalRegistry, DOCKER_HUB, type Reference } from './reference.ts'

/** The credentials of a file. */
export interface DockerConfig {
  readonly path: string
  /** By registry: the name of the helper that alone knows it. */
  readonly credHelpers: ReadonlyMap<string, string>
  /** The helper of all other registries. */
  readonly credsStore: string | null
  /** Keys as they stand in the file, without scheme and without the path of an API version. */
  readonly auths: ReadonlyMap<string, AuthEntry>
  /** All of the file, for writing it back. */
  readonly fields: Fields
}

/** Texts; '' = not there. */
export interface AuthEntry {
  /** Base64 of user:password. */
  readonly auth: string
  readonly username: string
  readonly password: string
  readonly identitytoken: string
  readonly registrytoken: string
}

/** The key of Docker Hub, in files and for helpers. */
const DOCKER_HUB_KEY = `https://index.${DOCKER_HUB}/v1/`

/** The file that `docker login` writes: `$DOCKER_CONFIG/config.json`, else the one in the home folder. */
export function dockerConfigPath(environment: Environment): string {
  return join(environment['DOCKER_CONFIG'] || join(environment['HOME'] || homedir(), '.docker'), 'config.json')
}

/** Docker's file, then those of podman. */
export function configPaths(environment: Environment): string[] {
  const { REGISTRY_AUTH_FILE: named, XDG_RUNTIME_DIR: runtime } = environment
  const paths = [dockerConfigPath(environment)]
  if (named !== undefined && named !== '') paths.push(named)
  if (runtime !== undefined && runtime !== '') paths.push(join(runtime, 'containers', 'auth.json'))
  return paths
}

/** Null for a file that does not exist. Throws `SLUICE_REGISTRY_CREDENTIALS` for one that cannot be read. */
export function readDockerConfig(path: string): DockerConfig | null {
  if (!existsSync(path)) return null
  const fields = readFields(path)
  return {
    path,
    credHelpers: new Map(Object.entries(fieldsIn(fields, 'credHelpers')).map(([key, name]) => [canonicalKey(key), textOf(name)])),
    credsStore: textOf(fields['credsStore']) || null,
    auths: new Map(Object.entries(fieldsIn(fields, 'auths')).map(([key, entry]) => [canonicalKey(key), toEntry(entry)])),
    fields,
  }
}

/** The entry of the longest key: podman also knows keys with a path. Never a part of a name. */
export function authEntry(
  { auths }: DockerConfig,
  { registry, repository }: Pick<Reference, 'registry' | 'repository'>,
): AuthEntry | null {
  const parts = repository.split('/')
  for (let count = parts.length; count > 0; count--) {
    const entry = auths.get([registry, ...parts.slice(0, count)].join('/'))
    if (entry !== undefined) return entry
  }
  return auths.get(registry) ?? null
}

/** The name under which files and helpers keep a registry. */
export function keptAs(registry: string): string {
  return registry === DOCKER_HUB ? DOCKER_HUB_KEY : registry
}

/** Writes `auths[registry]`, or removes it (null); everything else in the file stays. The file is for its owner alone. */
export function writeAuthEntry(path: string, registry: string, entry: Partial<AuthEntry> | null): void {
  const fields = existsSync(path) ? readFields(path) : {}
  const others = Object.entries(fieldsIn(fields, 'auths')).filter(([key]) => canonicalKey(key) !== registry)
  const auths = Object.fromEntries(entry === null ? others : [...others, [keptAs(registry), entry]])
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const unfinished = `${path}.${process.pid}`
    writeFileSync(unfinished, `${JSON.stringify({ ...fields, auths }, null, 2)}\n`, { mode: 0o600 })
    chmodSync(unfinished, 0o600)
    renameSync(unfinished, path)
  } catch (cause) {
    throw new SluiceError('SLUICE_REGISTRY_CREDENTIALS', 'Cannot write credentials', { path, seen: messageOf(cause) }, cause)
  }
}

/** Keys carry a scheme and an API version in old files: `https://host/v1/`. */
function canonicalKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '')
  const slash = bare.indexOf('/')
  if (slash < 0) return canonicalRegistry(bare)
  return `${canonicalRegistry(bare.slice(0, slash))}${bare.slice(slash)}`
}

function readFields(path: string): Fields {
  const fields = parse(readOr('SLUICE_REGISTRY_CREDENTIALS', 'Cannot read credentials', path))
  if (isFields(fields)) return fields
  throw new SluiceError('SLUICE_REGISTRY_CREDENTIALS', 'Credentials cannot be read', { path, wanted: 'a JSON object' })
}

function fieldsIn(fields: Fields, name: string): Fields {
  const value = fields[name]
  return isFields(value) ? value : {}
}

function toEntry(value: unknown): AuthEntry {
  const fields = isFields(value) ? value : {}
  return {
    auth: textOf(fields['auth']),
    username: textOf(fields['username']),
    password: textOf(fields['password']),
    identitytoken: textOf(fields['identitytoken']),
    registrytoken: textOf(fields['registrytoken']),
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
