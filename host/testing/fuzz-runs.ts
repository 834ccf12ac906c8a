/** Runs of dice: seed, number, how a failure is repeated and told. */
import { asyncProperty, check, type Arbitrary, type Parameters, type RunDetails } from 'fast-check'

/** How often and with which dice. */
export interface FuzzRuns {
  /** Runs, each with a host of its own; default 100. */
  readonly runs?: number
  /** Seed of the dice; default 1. */
  readonly seed?: number
  /** What an earlier failure printed: only that run. Default: the variable `SLUICE_FUZZ_REPLAY`. */
  readonly replay?: string
}

/** Tries values; rejects with the smallest one that fails (`show` writes it down), the reason, and a line that repeats it. */
export async function tryAll<T>(
  values: Arbitrary<T>,
  runs: FuzzRuns,
  run: (value: T) => Promise<void>,
  show: (value: T) => string,
): Promise<void> {
  const details = await check(asyncProperty(values, run), parametersOf<T>(runs))
  if (details.failed) throw failureOf(details, show)
}

function parametersOf<T>({ runs = 100, seed = 1, replay = process.env['SLUICE_FUZZ_REPLAY'] }: FuzzRuns): Parameters<[T]> {
  if (replay === undefined) return { numRuns: runs, seed }
  const match = /^(-?\d+):([\d:]*)$/.exec(replay)
  if (match === null) throw new RangeError(`Bad replay: seen '${replay}', wanted what a failure printed, as 1:3:0`)
  return { seed: Number(match[1]), path: match[2]!, numRuns: 1, endOnFailure: true }
}

function failureOf<T>(details: RunDetails<[T]>, show: (value: T) => string): Error {
  const { counterexample, counterexamplePath, seed, numRuns, errorInstance } = details
  const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  const lines = [
    reason,
    `  after ${numRuns} runs, with the smallest ${show(counterexample![0])}`,
    `  replay: SLUICE_FUZZ_REPLAY=${seed}:${counterexamplePath!}`,
  ]
  return new Error(lines.join('\n'), { cause: errorInstance })
}
