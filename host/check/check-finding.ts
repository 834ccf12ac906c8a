/** What a check finds: a fault with the code that it has everywhere, and how grave it is. */
import { SluiceError, type ErrorCode, type ErrorDetail } from '../errors.ts'

/** An error is refused somewhere or opens a gap; a warning works, and is probably not meant. */
export type Level = 'error' | 'warning'

export interface CheckFinding {
  readonly level: Level
  readonly error: SluiceError
}

export function errorFinding(code: ErrorCode, message: string, detail: ErrorDetail): CheckFinding {
  return { level: 'error', error: new SluiceError(code, message, detail) }
}

export function warningFinding(code: ErrorCode, message: string, detail: ErrorDetail): CheckFinding {
  return { level: 'warning', error: new SluiceError(code, message, detail) }
}

/** The faults of other parts as findings. */
export function toFindings(errors: readonly SluiceError[]): CheckFinding[] {
  return errors.map((error) => ({ level: 'error', error }))
}
