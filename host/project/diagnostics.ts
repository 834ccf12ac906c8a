/** What the AssemblyScript compiler finds wrong, as errors with file, line and column. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError, SluiceErrors, type ErrorDetail } from '../errors.ts'

/** A message of asc, as far as it is used. */
export interface Diagnostic {
  /** 3 is an error, less is not. */
  readonly category: number
  readonly code: number
  readonly message: string
  readonly range: DiagnosticRange | null
}

interface DiagnosticRange {
  /** In UTF-16 units of the source's text. */
  readonly start: number
  /** The path is one from the project's folder, or begins with `~lib/`. */
  readonly source: { readonly normalizedPath: string } | null
}

const ERROR = 3

/**
 * The errors among the messages for a source of the project in `folder`; `text` is what the compiler printed, for a fault that
 * came without a message.
 */
export function buildErrors(diagnostics: readonly Diagnostic[], text: string, folder: string): SluiceErrors {
  const errors = diagnostics.filter(({ category }) => category === ERROR).map((one) => toError(one, folder))
  if (errors.length > 0) return new SluiceErrors(errors)
  return new SluiceErrors([new SluiceError('SLUICE_BUILD_FAILED', 'Cannot compile', { path: folder, seen: text.trim() })])
}

function toError({ code, message, range }: Diagnostic, folder: string): SluiceError {
  const plain = message.replace(/\.$/, '')
  const text = code === 0 ? plain : `${plain} (AS${code})`
  const detail = range === null || range.source === null ? {} : placeOf(range.source.normalizedPath, range.start, folder)
  return new SluiceError('SLUICE_BUILD_FAILED', text, detail)
}

function placeOf(path: string, start: number, folder: string): ErrorDetail {
  const file = join(folder, path)
  if (!existsSync(file)) return { path }
  const before = readFileSync(file, 'utf8').slice(0, start).split('\n')
  return { path, line: before.length, column: before.at(-1)!.length + 1 }
}
