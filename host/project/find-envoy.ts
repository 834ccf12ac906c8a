/** Finds an Envoy on this machine; none is ever downloaded. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SluiceError } from '../errors.ts'

/** Path of the program that `ENVOY_BIN` names, else of `envoy` on PATH; null = none. A name in `ENVOY_BIN` must be a program. */
export function findEnvoyProgram(environment: NodeJS.ProcessEnv = process.env): string | null {
  const { ENVOY_BIN: named = '', PATH: path = '' } = environment
  if (named !== '' && !isProgram(named)) {
    throw new SluiceError('SLUICE_RUN_ENVOY', 'Cannot use ENVOY_BIN', { path: named, wanted: 'a program' })
  }
  if (named !== '') return named
  const candidates = path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'envoy'))
  return candidates.find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
