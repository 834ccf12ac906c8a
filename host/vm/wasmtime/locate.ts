/** Finds libwasmtime on this machine, and says how to get it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { SluiceError } from '../../errors.ts'
import { cacheFolder } from '../../util/cache-folder.ts'

/** The version whose layouts layout.ts describes. The library itself cannot be asked for its version. */
export const WASMTIME_VERSION = '50.0.1'

/** What the loader of the platform may find: the C API as its archives and package managers install it. */
const PLAIN_NAMES: Readonly<Record<string, string>> = { darwin: 'libwasmtime.dylib', win32: 'wasmtime.dll' }
const PLAIN_NAME = PLAIN_NAMES[process.platform] ?? `libwasmtime.so.${majorOf(WASMTIME_VERSION)}`

/** File of the Python package on this platform, relative to the folder that it was installed into. */
const FILES: Readonly<Record<string, string>> = {
  'linux-x64': 'wasmtime/linux-x86_64/_libwasmtime.so',
  'linux-arm64': 'wasmtime/linux-aarch64/_libwasmtime.so',
  'darwin-x64': 'wasmtime/darwin-x86_64/_libwasmtime.dylib',
  'darwin-arm64': 'wasmtime/darwin-aarch64/_libwasmtime.dylib',
  'win32-x64': 'wasmtime/win32-x86_64/_wasmtime.dll',
  'win32-arm64': 'wasmtime/win32-aarch64/_wasmtime.dll',
}

/** Where the command of {@link engineMissing} puts the package. */
export const WASMTIME_FOLDER = `wasmtime-${WASMTIME_VERSION}`

/** Workers take what the main thread has found. */
const FOUND_KEY = 'sluice.wasmtime'

/**
 * Path or name for the loader, in this order: `WASMTIME_LIB`, Python's package `wasmtime` of the same major version, the
 * cache folder, the name that an installed C API has. Throws SLUICE_WASM_ENGINE when `WASMTIME_LIB` names no file.
 */
export function locateLibrary(): string {
  const known = getEnvironmentData(FOUND_KEY)
  if (typeof known === 'string') return known
  const found = namedLibrary() ?? pythonLibrary() ?? cachedLibrary() ?? PLAIN_NAME
  setEnvironmentData(FOUND_KEY, found)
  return found
}

/** Where {@link locateLibrary} looks, in its order, for people. */
export function libraryPlaces(): string[] {
  const named = process.env['WASMTIME_LIB']
  const variable = named ? `WASMTIME_LIB (${named})` : 'WASMTIME_LIB (not set)'
  const python = `Python's package wasmtime ${majorOf(WASMTIME_VERSION)}`
  return [variable, python, join(cacheFolder(), WASMTIME_FOLDER), `${PLAIN_NAME} of the system`]
}

/** The library cannot be used. */
export function engineMissing(seen: string, cause?: unknown): SluiceError {
  const detail = { seen, wanted: `libwasmtime ${WASMTIME_VERSION}`, next: `run: ${installCommand()}` }
  return new SluiceError('SLUICE_WASM_ENGINE', 'Cannot open the engine wasmtime', detail, cause)
}

function installCommand(): string {
  return `pip install --no-deps --target ${join(cacheFolder(), WASMTIME_FOLDER)} wasmtime==${WASMTIME_VERSION}`
}

function namedLibrary(): string | null {
  const named = process.env['WASMTIME_LIB']
  if (!named) return null
  if (existsSync(named)) return named
  throw engineMissing(`WASMTIME_LIB '${named}', which is no file`)
}

/** Asks Python where the package lies, without loading it. */
function pythonLibrary(): string | null {
  const { stdout, status } = spawnSync('python3', ['-c', FIND_PACKAGE], { encoding: 'utf8' })
  const folder = status === 0 ? stdout.trim() : ''
  return folder !== '' && hasVersion(dirname(folder)) ? libraryIn(dirname(folder)) : null
}

const FIND_PACKAGE = `
import importlib.util
spec = importlib.util.find_spec('wasmtime')
print(spec.submodule_search_locations[0] if spec else '')
`

/** True when the package's metadata beside it names our major version. */
function hasVersion(folder: string): boolean {
  const start = `wasmtime-${majorOf(WASMTIME_VERSION)}.`
  return readdirSync(folder).some((name) => name.startsWith(start) && name.endsWith('.dist-info'))
}

function cachedLibrary(): string | null {
  return libraryIn(join(cacheFolder(), WASMTIME_FOLDER))
}

function libraryIn(folder: string): string | null {
  const file = FILES[`${process.platform}-${process.arch}`]
  const path = file === undefined ? null : join(folder, file)
  return path !== null && existsSync(path) ? path : null
}

function majorOf(version: string): string {
  return version.split('.')[0]!
}
