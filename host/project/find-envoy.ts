/** Finds an Envoy on this machine; none is ever downloaded. */
import { SluiceError } from '../errors.ts'
import { findProgram, isProgram } from './find-program.ts'

/** Path of the program that `ENVOY_BIN` names, else of `envoy` on PATH; null = none. A name in `ENVOY_BIN` must be a program. */
export function findEnvoyProgram(environment: NodeJS.ProcessEnv = process.env): string | null {
  const { ENVOY_BIN: named = '' } = environment
  if (named === '') return findProgram('envoy', environment)
  if (isProgram(named)) return named
  throw new SluiceError('SLUICE_RUN_ENVOY', 'Cannot use ENVOY_BIN', { path: named, wanted: 'a program' })
}
