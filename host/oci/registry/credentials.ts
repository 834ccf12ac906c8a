/**
 * Who we are at a registry. Looked for in this order: the environment (`SLUICE_REGISTRY…`), Docker's configuration with
 * its helpers, the files of podman. Nothing found = anonymous.
 */
import { SluiceError } from '../../errors.ts'
import type { Environment } from './access.ts'
import { helperGet } from './credential-helper.ts'
import { authEntry, configPaths, readDockerConfig, type AuthEntry, type DockerConfig } from './docker-config.ts'
import { parseRegistry, type Reference } from './reference.ts'

/** `identity` is exchanged for tokens, `bearer` is one. */
export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity'; readonly token: string }
  | { readonly kind: 'bearer'; readonly token: string }

/** The user name under which helpers keep identity tokens. */
const TOKEN_USER = '<token>'

/** The registry is needed so that no other one gets the secret. */
const ENV_REGISTRY = 'SLUICE_REGISTRY'
const ENV_USERNAME = 'SLUICE_REGISTRY_USERNAME'
const ENV_PASSWORD = 'SLUICE_REGISTRY_PASSWORD'
const ENV_TOKEN = 'SLUICE_REGISTRY_TOKEN'

/** Null = anonymous. Throws `SLUICE_REGISTRY_CREDENTIALS` for files and helpers that fail. */
export async function findCredentials(
  at: Pick<Reference, 'registry' | 'repository'>,
  environment: Environment,
): Promise<Credentials | null> {
  const fromEnvironment = environmentCredentials(at.registry, environment)
  if (fromEnvironment !== null) return fromEnvironment
  for (const path of configPaths(environment)) {
    const config = readDockerConfig(path)
    const found = config === null ? null : await configCredentials(config, at, environment)
    if (found !== null) return found
  }
  return null
}

/** What `Authorization: Basic` says (RFC 7617; the user name and password in UTF-8). */
export function basicHeader({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function environmentCredentials(registry: string, environment: Environment): Credentials | null {
  const { [ENV_TOKEN]: token, [ENV_USERNAME]: username, [ENV_PASSWORD]: password, [ENV_REGISTRY]: host } = environment
  if (token === undefined && username === undefined && password === undefined) return null
  if (host === undefined || host === '') throw incomplete(ENV_REGISTRY, 'the registry that may see the secret')
  if (parseRegistry(host) !== registry) return null
  if (token !== undefined) return { kind: 'bearer', token }
  if (username === undefined) throw incomplete(ENV_USERNAME, `a user name beside ${ENV_PASSWORD}`)
  if (password === undefined) throw incomplete(ENV_PASSWORD, `a password beside ${ENV_USERNAME}`)
  return { kind: 'basic', username, password }
}

function incomplete(path: string, wanted: string): SluiceError {
  return new SluiceError('SLUICE_REGISTRY_CREDENTIALS', 'Credentials in the environment are not complete', { path, wanted })
}

async function configCredentials(
  config: DockerConfig,
  at: Pick<Reference, 'registry' | 'repository'>,
  environment: Environment,
): Promise<Credentials | null> {
  const helper = config.credHelpers.get(at.registry) ?? config.credsStore
  const kept = helper === null ? null : await helperGet(helper, at.registry, environment)
  if (kept !== null) return ofHelper(kept)
  const entry = authEntry(config, at)
  return entry === null ? null : ofEntry(entry, config.path)
}

function ofHelper({ username, secret }: { username: string; secret: string }): Credentials {
  return username === TOKEN_USER ? { kind: 'identity', token: secret } : { kind: 'basic', username, password: secret }
}

/** Tokens first, as Docker does; an entry without anything is left by helpers and by logout. */
function ofEntry({ auth, username, password, identitytoken, registrytoken }: AuthEntry, path: string): Credentials | null {
  if (identitytoken !== '') return { kind: 'identity', token: identitytoken }
  if (registrytoken !== '') return { kind: 'bearer', token: registrytoken }
  if (auth === '') return username === '' ? null : { kind: 'basic', username, password }
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = text.indexOf(':')
  if (colon > 0) return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) }
  const wanted = 'base64 of user:password'
  throw new SluiceError('SLUICE_REGISTRY_CREDENTIALS', 'An entry of "auths" cannot be read', { path, wanted })
}
