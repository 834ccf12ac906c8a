/**
 * The engines that tests run on: `describe.each(TEST_ENGINES)('on %s', (engine) => …)`. One that cannot be had is left
 * out; `engines.test.ts` says so with the reason, and fails in CI.
 */
import { SluiceError } from '../../host/errors.ts'
import { ENGINE_NAMES, engineNamed, type EngineName } from '../../host/vm/engines.ts'

/** Why the engine cannot run here, or null. */
export function missingEngine(name: EngineName): string | null {
  try {
    engineNamed(name, 'tests')
    return null
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return String(error)
  }
}

export const TEST_ENGINES: readonly EngineName[] = ENGINE_NAMES.filter((name) => missingEngine(name) === null)
