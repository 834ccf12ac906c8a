/** Faults on standard error: one line each, or one JSON object per line. */
import { SluiceError, SluiceErrors } from '../errors.ts'

export function printErrors(error: unknown, asJson: boolean): void {
  for (const one of flatten(error)) process.stderr.write(`${asJson ? toJson(one) : toText(one)}\n`)
}

function flatten(error: unknown): readonly unknown[] {
  return error instanceof SluiceErrors ? error.errors : [error]
}

function toJson(error: unknown): string {
  return JSON.stringify(error instanceof SluiceError ? error : { message: messageOf(error) })
}

/** A fault of ours that is not for people keeps its stack: it is a defect to report. */
function toText(error: unknown): string {
  if (error instanceof SluiceError) return `error: ${error.toString()}`
  return `error: ${error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error)}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
