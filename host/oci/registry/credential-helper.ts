/**
 * Docker's credential helpers (docker/docker-credential-helpers, README): programs `docker-credential-<name>` that get a
 * registry, or an entry, on standard input and answer on standard output. Nothing secret is in their arguments.
 */
import { spawn } from 'node:child_process'
import { SluiceError } from '../../errors.ts'
import type { Environment } from './access.ts'
import { keptAs } from './docker-config.ts'
import { isFields, parse } from './json.ts'

/** What a helper keeps. */
export interface HelperEntry {
  readonly username: string
  readonly secret: string
}

interface HelperAnswer {
  readonly output: Buffer
  readonly exitCode: number | null
}

/** A helper may ask its user something. */
const LIMIT_MILLIS = 60_000
const MAX_OUTPUT = 64 * 1024
/** The words of every helper that has no entry (credentials/error.go). */
const NOT_FOUND = /credentials not found|no credentials server URL/i

/** What the helper keeps for the registry; null = nothing. Throws `SLUICE_REGISTRY_CREDENTIALS`. */
export async function helperGet(name: string, registry: string, environment: Environment): Promise<HelperEntry | null> {
  const { output, exitCode } = await call(name, 'get', keptAs(registry), environment)
  if (exitCode !== 0) {
    if (NOT_FOUND.test(output.toString('utf8'))) return null
    throw failed(name, 'get', output)
  }
  const fields = parse(output)
  const { Username: username, Secret: secret } = isFields(fields) ? fields : {}
  if (typeof username === 'string' && typeof secret === 'string') return { username, secret }
  const wanted = 'a JSON object with Username and Secret'
  throw new SluiceError('SLUICE_REGISTRY_CREDENTIALS', 'A credential helper answers something else', {
    path: programOf(name),
    wanted,
  })
}

/** Hands an entry to the helper. */
export async function helperStore(name: string, registry: string, entry: HelperEntry, environment: Environment): Promise<void> {
  const input = JSON.stringify({ ServerURL: keptAs(registry), Username: entry.username, Secret: entry.secret })
  const { output, exitCode } = await call(name, 'store', input, environment)
  if (exitCode !== 0) throw failed(name, 'store', output)
}

/** Makes the helper forget; one that knows nothing is content. */
export async function helperErase(name: string, registry: string, environment: Environment): Promise<void> {
  const { output, exitCode } = await call(name, 'erase', keptAs(registry), environment)
  if (exitCode !== 0 && !NOT_FOUND.test(output.toString('utf8'))) throw failed(name, 'erase', output)
}

/** A name may not be a path: the program is looked for on PATH. */
function programOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return `docker-credential-${name}`
  const wanted = 'letters, digits, ., _ and -'
  throw new SluiceError('SLUICE_REGISTRY_CREDENTIALS', 'Not the name of a credential helper', { seen: `"${name}"`, wanted })
}

function call(name: string, action: string, input: string, environment: Environment): Promise<HelperAnswer> {
  const program = programOf(name)
  return new Promise((resolve, reject) => {
    const child = spawn(program, [action], { stdio: ['pipe', 'pipe', 'ignore'], env: { ...environment }, timeout: LIMIT_MILLIS })
    const parts: Buffer[] = []
    let length = 0
    child.on('error', (cause) => reject(cannotRun(program, cause)))
    child.stdout.on('data', (part: Buffer) => {
      length += part.length
      if (length > MAX_OUTPUT) child.kill()
      else parts.push(part)
    })
    // A helper that does not read its input is judged by its exit code.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('close', (exitCode) => resolve({ output: Buffer.concat(parts), exitCode }))
  })
}

function cannotRun(path: string, cause: Error): SluiceError {
  const next = "credHelpers and credsStore in Docker's config.json name the helpers"
  return new SluiceError(
    'SLUICE_REGISTRY_CREDENTIALS',
    'Cannot run a credential helper',
    { path, seen: cause.message, next },
    cause,
  )
}

/** Only a failed `get` says why on its output; whatever else is there could be the secret. */
function failed(name: string, action: string, output: Buffer): SluiceError {
  const said = output.toString('utf8').trim().split('\n')[0] ?? ''
  const seen = said === '' || said.startsWith('{') ? 'no reason given' : said.slice(0, 200)
  return new SluiceError('SLUICE_REGISTRY_CREDENTIALS', `A credential helper failed to ${action}`, {
    path: programOf(name),
    seen,
  })
}
