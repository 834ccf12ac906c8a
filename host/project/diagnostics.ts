/** What the AssemblyScript compiler finds wrong, as errors with file, line and column. */
import { SluiceError, SluiceErrors } from '../errors.ts'

/** A message of asc, as far as it is used. */
export interface Diagnostic {
  /** 3 is an error, less is not. */
  readonly category: number
  readonly code: number
  readonly message: string
  readonly range: DiagnosticRange | null
}

interface DiagnosticRange {
  readonly start: number
  readonly source: { readonly normalizedPath: string; lineAt(position: number): number; columnAt(): number }
}

const ERROR = 3

/** The errors among the messages; `text` is what the compiler printed, for faults that came without a message. */
export function buildErrors(diagnostics: readonly Diagnostic[], text: string, entry: string): SluiceErrors {
  const errors = diagnostics.filter(({ category }) => category === ERROR).map(toError)
  if (errors.length > 0) return new SluiceErrors(errors)
  return new SluiceErrors([new SluiceError('SLUICE_BUILD_FAILED', 'Cannot compile', { path: entry, seen: text.trim() })])
}

function toError({ code, message, range }: Diagnostic): SluiceError {
  const text = code === 0 ? message : `${message} (AS${code})`
  if (range === null) return new SluiceError('SLUICE_BUILD_FAILED', text)
  const { source, start } = range
  const line = source.lineAt(start)
  return new SluiceError('SLUICE_BUILD_FAILED', text, { path: source.normalizedPath, line, column: source.columnAt() })
}
