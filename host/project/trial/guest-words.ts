/** Why a filter does not start, in its own words. */
import { SluiceError, SluiceErrors } from '../../errors.ts'

/** A plugin's refusal with what the plugin has logged about it; anything else as it is. */
export function inGuestWords(error: unknown, lines: readonly string[]): unknown {
  const fault = error instanceof SluiceErrors && error.errors.length === 1 ? error.errors[0] : error
  if (!(fault instanceof SluiceError) || fault.code !== 'SLUICE_WASM_START' || lines.length === 0) return error
  return new SluiceError(fault.code, fault.message, { ...fault.detail, seen: lines.join('; ') }, error)
}
