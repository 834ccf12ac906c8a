/** Files that describe a filter's use. */
import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import type { FilterSchema } from '../check/filter-config.ts'
import { readSchema } from '../check/find-schema.ts'
import { SluiceError } from '../errors.ts'

/** A filter's configuration, JSON or YAML; a file that holds neither a list nor an object is a text. */
export function readFilterConfig(path: string): unknown {
  const text = readTextFile(path)
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { prettyErrors: false, lineCounter })
  const fault = document.errors[0]
  if (fault === undefined) return document.toJS()
  const { line, col: column } = lineCounter.linePos(fault.pos[0])
  const position = { path, line, column }
  throw new SluiceError('SLUICE_CONFIG_SYNTAX', `Not YAML or JSON: ${fault.message}`, position, fault)
}

/** Throws SLUICE_CONFIG_FILE, SLUICE_FILTER_SCHEMA. */
export function readSchemaFile(path: string): FilterSchema {
  return orFileError(path, () => readSchema(path))
}

export function readTextFile(path: string): string {
  return orFileError(path, () => readFileSync(path, 'utf8'))
}

function orFileError<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SluiceError('SLUICE_CONFIG_FILE', `Cannot read the file (${reason})`, { path }, cause)
  }
}
