/** Makes sure that the tests have the second engine; says so when its library has to be fetched. */
import { WASMTIME_VERSION } from '../host/vm/wasmtime/locate.ts'
import { missingEngine } from '../test/support/engines.ts'
import { fetchWasmtime } from '../test/support/wasmtime-library.ts'

if (missingEngine('wasmtime') !== null) {
  console.log(`setup: fetching wasmtime ${WASMTIME_VERSION} through pip into the cache`)
  try {
    await fetchWasmtime()
  } catch (error) {
    console.error(`sluice: ${(error as Error).message}`)
    // Without CI the suites that need it skip with this reason; in CI nothing may be skipped.
    if (process.env['CI']) process.exitCode = 1
  }
}
