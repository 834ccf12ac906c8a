/**
 * Random sequences of callbacks and hostcalls through the whole chain. Whatever a guest does, the host throws nothing,
 * writes nothing where it was not told to, and has nothing left when the guests and streams are gone.
 *
 * A run is a list of steps, each a number that says all that happens in it. Fixed seeds; a failure names its seed and the
 * fewest steps that still fail: `SLUICE_FUZZ_SEED=n` runs that seed alone, `SLUICE_FUZZ_STEPS=a,b,c` these steps.
 * `SLUICE_FUZZ_OPERATIONS` says how many operations.
 */
import { describe, expect, test } from 'vitest'
import type { TestRequest, TestStream } from '../../../host/testing/test-stream.ts'
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import type { Engine } from '../../../host/vm/engine.ts'
import { engineNamed } from '../../../host/vm/engines.ts'
import { TEST_ENGINES } from '../../support/engines.ts'
import { shrink } from '../../support/shrink.ts'
import { FuzzHost } from './fuzz-host.ts'
import { FREE } from './programmable-guest.ts'

const OPERATIONS = Number(process.env['SLUICE_FUZZ_OPERATIONS'] ?? 100_000)
const ONLY_SEED = process.env['SLUICE_FUZZ_SEED']
const ONLY_STEPS = process.env['SLUICE_FUZZ_STEPS']
const RUN_OPERATIONS = 5000
/** Streams that are open at once. */
const MAX_OPEN = 12

const SEEDS =
  ONLY_SEED === undefined
    ? Array.from({ length: Math.ceil(OPERATIONS / RUN_OPERATIONS / TEST_ENGINES.length) }, (_, index) => index + 1)
    : [Number(ONLY_SEED)]

interface Outcome {
  /** What was wrong. */
  readonly faults: readonly string[]
  /** What is left at the end. */
  readonly left: object
  readonly gauges: object
}

const GOOD: Outcome = { faults: [], left: {}, gauges: {} }

/** The steps of a run, and what came of them or of the fewest that fail. */
interface Run extends Outcome {
  readonly steps: readonly number[]
}

describe.each(TEST_ENGINES)('random guests on %s', (name) => {
  const engine = engineNamed(name, 'test')

  test.skipIf(ONLY_STEPS !== undefined)(`leave nothing behind, ${SEEDS.length} times`, { timeout: 60_000 + OPERATIONS }, () => {
    for (const seed of SEEDS) {
      const { steps, ...outcome } = runOf(seed, engine)
      expect({ seed, steps: isGood(outcome) ? '' : steps.join(), ...outcome }).toEqual({ seed, steps: '', ...GOOD })
    }
  })

  test.runIf(ONLY_STEPS !== undefined)('leave nothing behind in these steps', () => {
    expect(replay(ONLY_STEPS!.split(',').map(Number), engine)).toEqual(GOOD)
  })

  test('are shown in the fewest steps when something is wrong', { timeout: 60_000 }, () => {
    const { steps, faults } = runOf(1, writingAfter('proxy_on_request_trailers', engine))
    expect(faults).toEqual([`proxy_on_request_trailers: byte 0x${FREE.toString(16)} was written`])
    expect(steps).toHaveLength(1)
  })
})

/** Does steps until there were enough operations; of steps that fail, finds the fewest. */
function runOf(seed: number, engine: Engine): Run {
  const dice = new SeededRandom(seed)
  const steps: number[] = []
  const next = (host: FuzzHost): number | undefined => {
    if (host.operations >= RUN_OPERATIONS) return undefined
    steps.push(Math.floor(dice.fraction() * 0x1_0000_0000))
    return steps.at(-1)
  }
  const outcome = run(engine, next)
  if (isGood(outcome)) return { steps, ...outcome }
  const least = shrink(steps, (list) => !isGood(replay(list, engine)))
  return { steps: least, ...replay(least, engine) }
}

function replay(steps: readonly number[], engine: Engine): Outcome {
  let at = 0
  return run(engine, () => steps[at++])
}

function isGood({ faults, left, gauges }: Outcome): boolean {
  return faults.length === 0 && Object.keys({ ...left, ...gauges }).length === 0
}

function run(engine: Engine, next: (host: FuzzHost) => number | undefined): Outcome {
  const host = new FuzzHost(engine)
  const before = host.gauges()
  const open: TestStream[] = []
  for (let step = next(host); step !== undefined && host.faults.length === 0; step = next(host)) doStep(host, step, open)
  host.isQuiet = true
  for (const stream of open) stream.leave()
  // Ticks of a millisecond go on.
  host.clock.advance('2s')
  const left = host.plugins.filter(({ root }) => root.streams !== 0).map(({ config }) => config.name)
  host.close()
  const after = Object.entries(host.gauges()).filter(([name, value]) => value !== (before[name] ?? 0n) && !isOfVms(name))
  return { faults: host.faults, left: Object.fromEntries(left.entries()), gauges: Object.fromEntries(after) }
}

/** A step depends on nothing but its own number, so that others can be left out. */
function doStep(host: FuzzHost, step: number, open: TestStream[]): void {
  host.random.restart(step)
  if (host.chance(0.6)) open.push(host.open(randomRequest(host)))
  if (open.length > MAX_OPEN) open.shift()!.leave()
  if (host.chance(0.5)) host.clock.advance(`${Math.floor(host.random.fraction() * 40)}ms`)
  if (host.chance(0.02)) host.clock.advance('3s')
}

/** An engine whose guests find a byte of theirs changed when this callback has run. */
function writingAfter(callback: string, engine: Engine): Engine {
  return {
    name: engine.name,
    compile(bytes, limits) {
      const module = engine.compile(bytes, limits)
      const instantiate: typeof module.instantiate = (imports) => {
        const instance = module.instantiate(imports)
        const func = instance.func.bind(instance)
        instance.func = (name) => {
          const found = func(name)
          if (found === null || name !== callback) return found
          return (...args) => {
            const result = found(...args)
            instance.memory!.u8()[FREE] = 0
            return result
          }
        }
        return instance
      }
      return { imports: module.imports, exports: module.exports, instantiate }
    },
  }
}

/** VMs are there before and gone at the end. */
function isOfVms(name: string): boolean {
  return name.startsWith('wasm.')
}

function randomRequest(host: FuzzHost): TestRequest {
  const method = host.chance(0.5) ? 'GET' : 'POST'
  const headers = host.chance(0.5) ? { 'x-a': '1', accept: 'text/html' } : {}
  if (method === 'GET') return { method, headers }
  const chunks = host.chance(0.5) ? ['one', 'two', 'three'] : []
  return host.chance(0.3) ? { method, headers, chunks, trailers: { 't-a': '1' } } : { method, headers, chunks }
}
