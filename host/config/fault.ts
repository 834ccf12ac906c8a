/** Faults of a configuration, collected by path and turned into errors with positions at the end. */
import { SluiceError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { locate } from './locate.ts'
import { formatPath } from './path.ts'
import type { ConfigPath } from './path.ts'
import type { Tree } from './tree.ts'

/** The page that lists what can be configured. */
export const CONFIG_PAGE = 'see docs/CONFIG.md'

/** One fault, before its position is known. */
export interface Fault {
  readonly code: ErrorCode
  /** What is wrong, without a final full stop. */
  readonly message: string
  readonly path: ConfigPath
  readonly seen?: string
  readonly wanted?: string
  readonly next?: string
}

/** The error of a fault; its position is that of the path in `trees`. */
export function toError(fault: Fault, trees: readonly Tree[]): SluiceError {
  const { code, message, path, ...rest } = fault
  return new SluiceError(code, message, { path: formatPath(path), ...locate(trees, path), ...rest })
}

/** A value as shown in an error: at most 60 characters. */
export function show(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`
}
