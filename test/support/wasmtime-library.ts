/** Fetches the library of the second engine: the PyPI wheel `wasmtime`, installed into the cache where the host looks. */
import { WASMTIME_FOLDER, WASMTIME_VERSION } from '../../host/vm/wasmtime/locate.ts'
import { cached } from './cache.ts'
import { python } from './python.ts'

/** Throws with the reason when it cannot be had. */
export async function fetchWasmtime(): Promise<void> {
  await cached(WASMTIME_FOLDER, (folder) => {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '--target', folder]
    return python([...pip, `wasmtime==${WASMTIME_VERSION}`], `wasmtime ${WASMTIME_VERSION}`)
  })
}
