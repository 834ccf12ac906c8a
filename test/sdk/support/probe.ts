/** The guest `probe` in a tiny host: what tests of contexts, header maps and memory drive. */
import { compileSdkGuest } from './compile-sdk-guest.ts'
import type { Pairs } from './pairs.ts'
import { RecordingHost } from './recording-host.ts'

export const wasm = await compileSdkGuest('probe', '--exportRuntime')

export const HEADERS: Pairs = [
  [':authority', 'a.test'],
  [':path', '/p'],
  [':method', 'GET'],
  ['a', 'one'],
  ['b', 'two'],
  ['x-twice', '1'],
  ['x-empty', ''],
  ['x-twice', '2'],
]

/** A host with a started plugin in one mode; the log level of the start is not of interest. */
export function host(mode: string): RecordingHost {
  const made = new RecordingHost(wasm)
  made.start(mode)
  made.calls.length = 0
  made.logs.length = 0
  return made
}

/** Calls that the SDK did not make. */
export function refusals(made: RecordingHost): string[] {
  return made.logs.filter((line) => line.startsWith('sdk: '))
}
