/** The engines side by side: they load the same modules, and stop the same guests in the same way. */
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../host/errors.ts'
import { VmRegistry } from '../../../host/plugin/vm-registry.ts'
import { engineNamed, type EngineName } from '../../../host/vm/engines.ts'
import { TEST_ENGINES } from '../../support/engines.ts'
import { guest, wat } from '../vm/wat.ts'
import { fakeServices, FakeStream, pluginConfig } from './fakes.ts'

/** Bodies of modules that use one feature each. */
const FEATURES: Readonly<Record<string, string>> = {
  'saturating conversions': '(func (param f32) (result i32) (i32.trunc_sat_f32_u (local.get 0)))',
  'sign extension': '(func (param i32) (result i32) (i32.extend16_s (local.get 0)))',
  'several results': '(func (result i32 i64) (i32.const 1) (i64.const 2))',
  'bulk memory': '(memory 1) (data "x") (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop 0))',
  references: '(table 1 externref) (func (param externref) (table.set 0 (i32.const 0) (local.get 0)))',
  'typed references': '(type $t (func)) (func (param (ref null $t)) (call_ref $t (local.get 0)))',
  vectors: '(func (result v128) (i8x16.add (v128.const i32x4 1 2 3 4) (v128.const i32x4 1 2 3 4)))',
  'relaxed vectors': '(func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))',
  'tail calls': '(func $f (return_call $f))',
  'extended constants': '(global i32 (i32.add (i32.const 1) (i32.const 2)))',
  atomics: '(memory 1) (func (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))',
  exceptions: '(tag $e) (func (block $h (try_table (catch_all $h) (throw $e))))',
  'shared memory': '(memory 1 1 shared)',
  'two memories': '(memory 1) (memory 1)',
  'a 64-bit memory': '(memory i64 1)',
  'garbage-collected structures': '(type $s (struct (field i32))) (func (drop (struct.new_default $s)))',
  'a table of exceptions': '(table 1 exnref)',
  'a large table': '(table 1000001 funcref)',
  'many tables': '(table 1 funcref)'.repeat(101),
}

/** `loads`, or why not. */
function verdict(engine: EngineName, bytes: Uint8Array): string {
  try {
    engineNamed(engine, 'test').compile(bytes, { gas: 1000n, memoryPages: 16 }).instantiate(new Map())
    return 'loads'
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return error.code
  }
}

describe.each(Object.entries(FEATURES))('a module with %s', (name, body) => {
  test('has one verdict', () => {
    const bytes = wat(`(module ${body})`)
    const verdicts = TEST_ENGINES.map((engine) => verdict(engine, bytes))
    expect(new Set(verdicts)).toEqual(new Set([verdicts[0]]))
    expect(verdicts[0], name).toBe(Object.keys(FEATURES).indexOf(name) < 12 ? 'loads' : 'SLUICE_WASM_LOAD')
  })
})

test('only V8 knows exceptions in their old form', () => {
  const bytes = wat('(module (tag $e) (func (try (do (throw $e)) (catch_all))))')
  const verdicts = { v8: 'loads', wasmtime: 'SLUICE_WASM_LOAD' }
  for (const engine of TEST_ENGINES) expect(verdict(engine, bytes)).toBe(verdicts[engine])
})

const LOOP = '(loop $l (br $l))'
const BOMB = '(loop $l (br_if $l (i32.ne (memory.grow (i32.const 3)) (i32.const -1)))) unreachable'
const WORK = `(local $i i32) (loop $l (i64.store (i32.const 64) (i64.mul (i64.load (i32.const 64)) (i64.const 31)))
  (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000000))))`
const HEADERS = '(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)'
const GET = `(import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))`
const ALLOCATES = `${HEADERS} (call $get (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 12))) (data (i32.const 0) "a")`
const MARKER = '(func (export "proxy_abi_version_0_2_1"))'

/** What each guest does, and what becomes of it: of its load, its request, and the first line of the log. */
const GUESTS: readonly (readonly [name: string, code: () => Uint8Array, outcome: string])[] = [
  ['works', () => guest(`${HEADERS} ${WORK} (i32.const 0))`), 'loads 0'],
  [
    'loops in a callback',
    () => guest(`${HEADERS} ${LOOP} (i32.const 0))`),
    'loads -1 RuntimeError: the callback used up its gas',
  ],
  ['loops in its start function', () => guest(`(func (export "_initialize") ${LOOP})`), 'SLUICE_WASM_START'],
  ['loops in its start section', () => guest(`(func $s ${LOOP}) (start $s)`), 'SLUICE_WASM_START'],
  [
    'loops in its allocator',
    () =>
      wat(
        `(module ${GET} (memory (export "memory") 1) ${MARKER} (func (export "malloc") (param i32) (result i32) ${LOOP} (i32.const 0)) ${ALLOCATES})`,
      ),
    'loads -1 RuntimeError: the callback used up its gas',
  ],
  [
    'recurs for ever',
    () => guest(`(func $f (call $f) (call $f)) ${HEADERS} (call $f) (i32.const 0))`),
    'loads -1 RangeError: Maximum call stack size exceeded',
  ],
  [
    'takes all memory',
    () => guest(`${HEADERS} ${BOMB} (i32.const 0))`),
    'loads -1 RuntimeError: unreachable (memory is at its limit)',
  ],
  ['traps', () => guest(`${HEADERS} unreachable)`), 'loads -1 RuntimeError: unreachable'],
]

// The bomb takes three pages at a time: that fills the limit of 16384, of which the guest has one, to the last.
describe.each(GUESTS)('a guest that %s', (_, code, outcome) => {
  test.each(TEST_ENGINES)('fares alike on %s', (runtime) => {
    expect(fate(runtime, code())).toBe(outcome)
  })
})

function fate(runtime: EngineName, code: Uint8Array): string {
  const services = fakeServices()
  try {
    const plugin = new VmRegistry({ services }).start(pluginConfig(code, { runtime }))
    const context = plugin.openStream(new FakeStream([['a', 'b']]))
    const action = typeof context === 'string' ? context : context.onRequestHeaders(1, true)
    const cause = /Uncaught (.*)/.exec(services.logs[0] ?? '')?.[1] ?? ''
    return `loads ${action} ${cause}`.trim()
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return error.code
  }
}

/** A twentieth of the ten thousand that the full run makes. */
const FAILURES = process.env['SLUICE_FULL'] === '1' ? 10_000 : 500

test.runIf(TEST_ENGINES.includes('wasmtime'))(
  'failures and new VMs on wasmtime leave the process as large as it was',
  { timeout: 300_000 },
  async () => {
    const services = fakeServices()
    const code = guest(
      `${HEADERS} (drop (memory.grow (i32.const 16))) (memory.fill (i32.const 65536) (i32.const 1) (i32.const 1048576)) unreachable)`,
    )
    const plugin = new VmRegistry({ services }).start(pluginConfig(code, { runtime: 'wasmtime', failurePolicy: 'FAIL_RELOAD' }))
    const fail = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i++) {
        const context = plugin.openStream(new FakeStream())
        expect(typeof context !== 'string' && context.onRequestHeaders(1, true)).toBe(-1)
        services.time.advance(2000)
        services.logs.length = 0
        if (i % 20 === 0) await new Promise(setImmediate)
      }
      return process.memoryUsage.rss()
    }
    const before = await fail(FAILURES / 2)
    const grown = (await fail(FAILURES)) - before
    expect(grown).toBeLessThan(64 * 1024 * 1024)
  },
)
