/** Files that describe a filter's use. */
import { LineCounter, parseDocument } from 'yaml'
import type { FilterSchema } from '../check/filter-config.ts'
import { readSchema } from '../check/find-schema.ts'
import { SluiceError } from '../errors.ts'
import { attempt, readOr } from '../util/attempt.ts'

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
  return attempt('SLUICE_CONFIG_FILE', 'Cannot read the file', { path }, () => readSchema(path))
}

export function readTextFile(path: string): string {
  return readOr('SLUICE_CONFIG_FILE', 'Cannot read the file', path).toString('utf8')
}
