/** Keeps credentials where Docker and its like keep them: in a helper, or in Docker's configuration file. */
import { SluiceError } from '../../errors.ts'
import type { Environment, RegistryAccess } from './access.ts'
import { helperErase, helperStore } from './credential-helper.ts'
import { configPaths, dockerConfigPath, readDockerConfig, writeAuthEntry } from './docker-config.ts'
import { RegistryClient } from './registry-client.ts'

export interface LoginReport {
  readonly registry: string
  /** The file, or the program, that keeps the credentials now. */
  readonly keptBy: string
}

/** Proves user name and password at the registry, then keeps them. Throws `SLUICE_REGISTRY_AUTH` for wrong ones. */
export async function logIn(
  registry: string,
  username: string,
  password: string,
  access: RegistryAccess = {},
): Promise<LoginReport> {
  const environment = access.environment ?? process.env
  await proveCredentials(registry, username, password, access)
  const path = dockerConfigPath(environment)
  const helper = helperOf(registry, environment)
  if (helper !== null) {
    await helperStore(helper, registry, { username, secret: password }, environment)
    return { registry, keptBy: `docker-credential-${helper}` }
  }
  writeAuthEntry(path, registry, { auth: Buffer.from(`${username}:${password}`).toString('base64') })
  return { registry, keptBy: path }
}

/** Forgets what {@link logIn} or `docker login` kept; throws `SLUICE_REGISTRY_NOT_FOUND` when nothing was. */
export async function logOut(registry: string, environment: Environment = process.env): Promise<LoginReport> {
  const helper = helperOf(registry, environment)
  if (helper !== null) await helperErase(helper, registry, environment)
  const path = dockerConfigPath(environment)
  const isInFile = readDockerConfig(path)?.auths.has(registry) === true
  if (isInFile) writeAuthEntry(path, registry, null)
  if (helper !== null || isInFile) return { registry, keptBy: isInFile ? path : `docker-credential-${helper}` }
  const detail = { path: registry, wanted: `an entry in ${configPaths(environment)[0]}` }
  throw new SluiceError('SLUICE_REGISTRY_NOT_FOUND', 'No credentials are kept for this registry', detail)
}

/** Asks the registry's first page, as `docker login` does. */
async function proveCredentials(registry: string, username: string, password: string, access: RegistryAccess): Promise<void> {
  const client = new RegistryClient({ registry, repository: '' }, access, { kind: 'basic', username, password })
  try {
    await client.send({ method: 'GET', url: client.url(''), scopes: [] }, [200])
  } finally {
    await client.close()
  }
}

function helperOf(registry: string, environment: Environment): string | null {
  const config = readDockerConfig(dockerConfigPath(environment))
  return config?.credHelpers.get(registry) ?? config?.credsStore ?? null
}
