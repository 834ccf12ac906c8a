/** Streams that a running host has shown at `/tap`, with the configuration they ran through: what `sluice record` writes. */
import { readFileSync } from 'node:fs'
import { SluiceError } from '../../errors.ts'
import type { TraceJson } from '../../tap/trace-json.ts'

/** Grows when a field changes its meaning or goes away. */
export const RECORDING_VERSION = 1

/** Plain JSON. */
export interface Recording {
  readonly sluice_recording: typeof RECORDING_VERSION
  /** Envoy's messages as `/config_dump` shows them. */
  readonly listeners: readonly JsonMessage[]
  readonly clusters: readonly JsonMessage[]
  readonly streams: readonly TraceJson[]
}

export type JsonMessage = { readonly [field: string]: unknown }

/** Throws SLUICE_RECORDING_INVALID, or what reading the file throws. */
export function readRecording(file: string): Recording {
  const parsed = parse(file)
  const version = (parsed as Partial<Recording> | null)?.sluice_recording
  if (version === RECORDING_VERSION) return parsed as Recording
  throw invalidRecording(file, 'Cannot read the recording', {
    seen: String(version),
    wanted: `sluice_recording ${RECORDING_VERSION}`,
  })
}

export function invalidRecording(path: string, message: string, detail: { seen?: string; wanted: string }): SluiceError {
  return new SluiceError('SLUICE_RECORDING_INVALID', message, { path, ...detail })
}

function parse(file: string): unknown {
  const text = readFileSync(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidRecording(file, 'Cannot read the recording', {
      seen: (error as SyntaxError).message,
      wanted: 'JSON of sluice record',
    })
  }
}
