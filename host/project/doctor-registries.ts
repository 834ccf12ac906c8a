/** What a machine has to prove who its user is at registries. No secret is looked at, but for whether there is one. */
import { SluiceError } from '../errors.ts'
import { findCredentials } from '../oci/registry/credentials.ts'
import { configPaths, readDockerConfig, type DockerConfig } from '../oci/registry/docker-config.ts'
import { parseReference } from '../oci/registry/reference.ts'
import type { Diagnosis } from './doctor.ts'
import { findProgram } from './find-program.ts'

/** Files with credentials, the helpers that they name, and whether there is a login where the project's image goes; '' = nowhere. */
export async function registryFindings(image: string, environment: NodeJS.ProcessEnv): Promise<Diagnosis[]> {
  const files = configPaths(environment).flatMap((path) => fileFindings(path, environment))
  const none = {
    what: 'credentials',
    state: 'missing',
    seen: 'none kept',
    next: 'sluice login REGISTRY, for private ones',
  } as const
  return [...(files.length === 0 ? [none] : files), ...(image === '' ? [] : [await loginFinding(image, environment)])]
}

function fileFindings(path: string, environment: NodeJS.ProcessEnv): Diagnosis[] {
  try {
    const config = readDockerConfig(path)
    if (config === null) return []
    const kept = { what: 'credentials', state: 'good', seen: `${path}: ${registriesText(config)}` } as const
    return [kept, ...helperNames(config).map((name) => helperFinding(name, path, environment))]
  } catch (error) {
    const seen = error instanceof SluiceError ? error.toString() : String(error)
    return [{ what: 'credentials', state: 'bad', seen, next: 'mend or remove the file' }]
  }
}

function registriesText({ auths, credHelpers }: DockerConfig): string {
  return [...new Set([...auths.keys(), ...credHelpers.keys()])].join(', ') || 'no registry named'
}

function helperNames({ credsStore, credHelpers }: DockerConfig): string[] {
  return [...new Set([...(credsStore === null ? [] : [credsStore]), ...credHelpers.values()])]
}

function helperFinding(name: string, path: string, environment: NodeJS.ProcessEnv): Diagnosis {
  const what = `docker-credential-${name}`
  const program = findProgram(what, environment)
  if (program !== null) return { what, state: 'good', seen: program }
  return { what, state: 'bad', seen: 'not on PATH', next: `install it, or take it out of ${path}` }
}

async function loginFinding(image: string, environment: NodeJS.ProcessEnv): Promise<Diagnosis> {
  try {
    const at = parseReference(image)
    const what = `login at ${at.registry}`
    const credentials = await findCredentials(at, environment)
    if (credentials !== null) return { what, state: 'good', seen: `kept (${credentials.kind})` }
    return { what, state: 'missing', seen: 'none', next: `sluice login ${at.registry} -u NAME --password-stdin` }
  } catch (error) {
    return { what: `login for ${image}`, state: 'bad', seen: error instanceof SluiceError ? error.toString() : String(error) }
  }
}
