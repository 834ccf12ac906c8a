/**
 * Random sequences of callbacks and hostcalls through the whole chain. Whatever a guest does, the host throws nothing,
 * writes nothing where it was not told to, and has nothing left when the guests and streams are gone. Fixed seeds; a
 * failure names its seed: `SLUICE_FUZZ_SEED=n` runs that one alone. `SLUICE_FUZZ_OPERATIONS` says how many operations.
 */
import { describe, expect, test } from 'vitest'
import type { TestRequest, TestStream } from '../../../host/testing/test-stream.ts'
import type { EngineName } from '../../../host/vm/engines.ts'
import { TEST_ENGINES } from '../../support/engines.ts'
import { FuzzHost } from './fuzz-host.ts'

const OPERATIONS = Number(process.env['SLUICE_FUZZ_OPERATIONS'] ?? 100_000)
const ONLY_SEED = process.env['SLUICE_FUZZ_SEED']
const RUN_OPERATIONS = 5000
/** Streams that are open at once. */
const MAX_OPEN = 12

const SEEDS =
  ONLY_SEED === undefined
    ? Array.from({ length: Math.ceil(OPERATIONS / RUN_OPERATIONS / TEST_ENGINES.length) }, (_, index) => index + 1)
    : [Number(ONLY_SEED)]

describe.each(TEST_ENGINES)('random guests on %s', (engine) => {
  test(`leave nothing behind, ${SEEDS.length} times`, { timeout: 60_000 + OPERATIONS }, () => {
    for (const seed of SEEDS) expect({ seed, ...run(seed, engine) }).toEqual({ seed, faults: [], left: {}, gauges: {} })
  })
})

/** What was wrong, and what is left at the end. */
function run(seed: number, engine: EngineName): { faults: string[]; left: object; gauges: object } {
  const host = new FuzzHost(seed, engine)
  const before = host.gauges()
  const open: TestStream[] = []
  while (host.operations < RUN_OPERATIONS && host.faults.length === 0) {
    if (host.chance(0.6)) open.push(host.open(randomRequest(host)))
    if (open.length > MAX_OPEN) open.shift()!.leave()
    if (host.chance(0.5)) host.clock.advance(`${Math.floor(host.random.fraction() * 40)}ms`)
    if (host.chance(0.02)) host.clock.advance('3s')
  }
  host.isQuiet = true
  for (const stream of open) stream.leave()
  // Ticks of a millisecond go on.
  host.clock.advance('2s')
  const left = host.plugins.filter(({ root }) => root.streams !== 0).map(({ config }) => config.name)
  host.close()
  const after = Object.entries(host.gauges()).filter(([name, value]) => value !== (before[name] ?? 0n) && !isOfVms(name))
  return { faults: host.faults, left: Object.fromEntries(left.entries()), gauges: Object.fromEntries(after) }
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
