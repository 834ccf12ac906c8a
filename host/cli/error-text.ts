/** Faults in words: one line each, or one JSON object per line. */
import { SluiceError, SluiceErrors } from '../errors.ts'
import { messageOf } from '../util/attempt.ts'

/** Several faults one by one. */
export function flattenErrors(error: unknown): readonly unknown[] {
  return error instanceof SluiceErrors ? error.errors : [error]
}

export function errorJson(error: unknown): string {
  return JSON.stringify(error instanceof SluiceError ? error : { message: messageOf(error) })
}

/** A line for each cause behind a fault, the nearest one first. */
export function causesText(error: unknown): string {
  const lines: string[] = []
  for (let one = causeOf(error); one !== undefined; one = causeOf(one)) lines.push(`\n  because: ${messageOf(one)}`)
  return lines.join('')
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

/** A fault of ours that is not for people keeps its stack: it is a defect to report. */
export function errorText(error: unknown): string {
  if (error instanceof SluiceError) return error.toString()
  return error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error)
}
