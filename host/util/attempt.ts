/** Work with files and texts of people: what fails is told with its place and what was seen. */
import { readFileSync } from 'node:fs'
import { SluiceError, SluiceErrors, type ErrorCode, type ErrorDetail } from '../errors.ts'

/** What the work gives. Throws faults as they are, and whatever else it throws as the cause of one with this code and message. */
export function attempt<T>(code: ErrorCode, message: string, detail: ErrorDetail, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof SluiceError || cause instanceof SluiceErrors) throw cause
    throw new SluiceError(code, message, { ...detail, seen: messageOf(cause) }, cause)
  }
}

/** A file's bytes, or a fault with its path; `next` is what to do about it. */
export function readOr(code: ErrorCode, message: string, path: string, next?: string): Buffer {
  return attempt(code, message, next === undefined ? { path } : { path, next }, () => readFileSync(path))
}

/** What was thrown, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
