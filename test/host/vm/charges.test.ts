/** What code pays: no form of loop runs free, and no path through straight code. */
import { describe, expect, test } from 'vitest'
import type { Instance } from '../../../host/vm/engine.ts'
import { STRETCH } from '../../../host/vm/charges.ts'
import { readModuleInfo } from '../../../host/vm/module-info.ts'
import { GAS_EXPORT, rewrite } from '../../../host/vm/rewriter.ts'
import { V8Engine } from '../../../host/vm/v8.ts'
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import { wat } from './wat.ts'

const engine = new V8Engine()
const GAS = 100_000

function start(text: string, gas = GAS): Instance {
  return engine.compile(wat(text), { gas: BigInt(gas), memoryPages: 16 }).instantiate(new Map())
}

function kindOf(instance: Instance, ...args: number[]): string {
  instance.refillGas()
  try {
    return String(instance.func('f')!(...args))
  } catch (error) {
    return instance.trap(error)?.kind ?? String(error)
  }
}

/** The function `f` of a rewritten module, with the ticks that its calls spend. */
function meter(text: string): (...args: number[]) => { result: unknown; ticks: number } {
  const bytes = wat(text)
  const rewritten = rewrite(bytes, readModuleInfo(bytes), { gas: GAS, memoryPages: 1, countsBlocks: false })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(rewritten.bytes))
  const gas = exports[GAS_EXPORT] as WebAssembly.Global
  return (...args) => {
    const before = gas.value as number
    const result: unknown = (exports['f'] as (...values: number[]) => unknown)(...args)
    return { result, ticks: before - (gas.value as number) }
  }
}

const ticksOf = (text: string, ...args: number[]): number => meter(text)(...args).ticks

describe('an endless', () => {
  test.each([
    ['loop', '(loop $l (br $l))'],
    ['loop by br_if', '(loop $l (br_if $l (i32.const 1)))'],
    ['loop by br_table', '(loop $l (br_table $l $l (i32.const 5)))'],
    ['loop by br_on_null', '(loop $l (drop (br_on_null $l (ref.null func))))'],
    ['loop from inside an if', '(loop $l (if (i32.const 1) (then (br $l))))'],
    ['loop from an else', '(loop $l (if (i32.const 0) (then) (else (br $l))))'],
    ['loop of typed blocks', '(loop $l (drop (block (result i32) (br $l))))'],
    ['loop out of nested blocks', '(loop $l (block (block (block (br $l)))))'],
    ['loop with a parameter', '(i32.const 0) (loop $l (param i32) (drop) (i32.const 0) (br $l))'],
    ['pair of loops that leave each other', '(loop $a (loop $b (br_if $b (i32.const 0)) (br $a)))'],
    ['loop that catches what it throws', '(loop $l (try (do (throw $e)) (catch_all (br $l))))'],
    ['loop that catches by a table', '(loop $l (block $c (try_table (catch_all $c) (throw $e))) (br $l))'],
    ['tail call', '(return_call $f)'],
    ['indirect tail call', '(return_call_indirect $t (type $v) (i32.const 0))'],
    ['tail call of a reference', '(return_call_ref $v (ref.func $f))'],
    ['loop of indirect calls', '(loop $l (call_indirect $t (type $v) (i32.const 1)) (br $l))'],
    ['loop that grows memory by nothing', '(loop $l (drop (memory.grow (i32.const 0))) (br $l))'],
    ['loop that grows a table by nothing', '(loop $l (drop (table.grow $t (ref.null func) (i32.const 0))) (br $l))'],
    ['loop in a called function', '(call $h)'],
    [
      'loop around a loop that ends',
      '(local i32) (loop $l (local.set 0 (i32.const 9)) (loop $m (br_if $m (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (br $l))',
    ],
    ['loop around a loop that is left', '(loop $l (loop $m (br_if $l (i32.const 1)) (br $m)) (br $l))'],
    ['loop around a loop that is left by a table', '(loop $l (loop $m (br_table $m $l (i32.const 1))) (br $l))'],
    ['loop inside a loop that calls', '(loop $l (call $g) (loop $m (br $m)) (br $l))'],
    ['loop of calls of a loop that returns', '(loop $l (call $i) (br $l))'],
    ['recursion through a loop', '(loop $l (return_call $f) (br $l))'],
    ['loop that fills nothing', '(loop $l (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)) (br $l))'],
  ])('%s ends by gas', (_, body) => {
    const text = `(module (type $v (func)) (tag $e) (memory 1) (table $t 2 funcref) (elem (i32.const 0) func $f $g) (func $g) (func $h (loop $l (br $l)))
      (func $i (loop $l (if (i32.const 1) (then (return))) (br $l)))
      (func $f (export "f") (type $v) ${body}))`
    expect(kindOf(start(text))).toBe('gas')
  })

  test('turn ends in front of the first growth of memory that it cannot pay', () => {
    const instance = start(
      `(module (memory (export "memory") 1) (func (export "f") (loop $l ${'(drop (memory.grow (i32.const 1)))'.repeat(9)} (br $l))))`,
      7000,
    )
    expect(kindOf(instance)).toBe('gas')
    expect(instance.memory!.u8().length / 65536).toBe(4)
  })

  test('start section ends by gas', () => {
    const module = engine.compile(wat('(module (func $s (loop $l (br $l))) (start $s))'), { gas: 1000n, memoryPages: 1 })
    expect(() => module.instantiate(new Map())).toThrow('the callback used up its gas')
  })
})

/** Seven bytes that count. */
const STEP = '(global.set $n (i32.add (global.get $n) (i32.const 1)))'
const STEP_BYTES = 7

describe('straight code', () => {
  test('pays by its length', () => {
    const text = `(module (global $n (mut i32) (i32.const 0)) (func (export "f") ${STEP.repeat(10_000)}))`
    expect(ticksOf(text)).toBeGreaterThan((10_000 * STEP_BYTES) / 16 - STRETCH)
    expect(ticksOf(text)).toBeLessThan((10_000 * STEP_BYTES) / 16 + STRETCH)
  })

  test('that is short pays nothing but its entry', () => {
    expect(ticksOf(`(module (global $n (mut i32) (i32.const 0)) (func (export "f") ${STEP.repeat(10)}))`)).toBe(1)
  })

  test('pays more for divisions', () => {
    const divide = '(local.set 0 (i32.div_u (local.get 0) (i32.const 3)))'
    expect(ticksOf(`(module (func (export "f") (param i32) ${divide.repeat(100)}))`, 7)).toBeGreaterThan(300)
  })

  test('cannot be arranged around its payments', () => {
    // Each segment leaves before code in a row would pay; what stands behind is never reached.
    const segment = `(block (block ${STEP.repeat(16)} (br_if 1 (i32.const 1))) (br 0))`
    const text = `(module (global $n (mut i32) (i32.const 0)) (func (export "f") ${segment.repeat(500)}))`
    expect(ticksOf(text)).toBeGreaterThan((500 * 16 * STEP_BYTES) / 16 - STRETCH)
  })

  test('pays on every path', () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = new SeededRandom(seed)
      const body = randomBody(random, 6, 0)
      const text = `(module (global $n (export "n") (mut i32) (i32.const 0))
        (func (export "f") (param $bits i32) (result i32) (block $out ${body}) (global.get $n)))`
      const run = meter(text)
      for (let tries = 20, before = 0; tries > 0; tries--) {
        const { result, ticks } = run(Math.floor(random.fraction() * 2 ** 32))
        const steps = (result as number) - before
        before = result as number
        expect([seed, steps * STEP_BYTES <= 16 * ticks + 2 * STRETCH]).toEqual([seed, true])
      }
    }
  })
})

/** Blocks, conditions and branches around steps; a bit of the parameter decides each condition. */
function randomBody(random: SeededRandom, depth: number, nesting: number): string {
  let text = ''
  for (let left = 3; left > 0; left--) {
    const pick = depth === 0 ? 0 : Math.floor(random.fraction() * 4)
    const bit = `(i32.and (i32.shr_u (local.get $bits) (i32.const ${Math.floor(random.fraction() * 32)})) (i32.const 1))`
    const target = Math.floor(random.fraction() * (nesting + 1))
    if (pick === 1) text += `(block ${randomBody(random, depth - 1, nesting + 1)})`
    else if (pick === 2)
      text += `(if ${bit} (then ${randomBody(random, depth - 1, nesting + 1)}) (else ${randomBody(random, depth - 2 < 0 ? 0 : depth - 2, nesting + 1)}))`
    else if (pick === 3) text += `(br_if ${target} ${bit})`
    text += STEP.repeat(Math.floor(random.fraction() * 20))
  }
  return text
}

describe('a module is refused', () => {
  test.each([
    ['shared memory', '(module (memory 1 1 shared))', 'Shared memories are not supported'],
    ['imported shared memory', '(module (import "env" "m" (memory 1 1 shared)))', 'Shared memories are not supported'],
    ['a table of many elements', '(module (table 2000000 funcref))', 'more than 1000000 elements'],
    ['many tables of some elements', `(module ${'(table 200000 funcref)'.repeat(6)})`, 'more than 1000000 elements'],
    ['a table of exceptions', '(module (table 1 exnref))', 'functions and external references only'],
    ['a 64-bit memory', '(module (memory i64 1))', '64-bit memories'],
  ])('for %s', (_, text, reason) => {
    const bytes = wat(text)
    expect(() => engine.compile(bytes, { gas: 1n, memoryPages: 1 })).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ seen: expect.stringContaining(reason) }) }),
    )
  })
})

test('tables grow up to what all of them share', () => {
  const text = `(module (table $a 10 funcref) (table $b 10 100 funcref)
    (func (export "f") (param $n i32) (result i32) (table.grow $a (ref.null func) (local.get $n)))
    (func (export "g") (param $n i32) (result i32) (table.grow $b (ref.null func) (local.get $n))))`
  const instance = start(text, 1_000_000)
  expect(kindOf(instance, 400_000)).toBe('10')
  expect(kindOf(instance, 400_000)).toBe('-1')
  expect(instance.func('g')!(90)).toBe(10)
  expect(instance.func('g')!(1)).toBe(-1)
})

test('gas that was taken ends a guest that catches everything', () => {
  const text = `(module (tag $e) (func (export "f") (loop $l (try (do (throw $e)) (catch_all (br $l))))))`
  const instance = start(text)
  instance.refillGas()
  instance.drainGas()
  expect(() => instance.func('f')!()).toThrow(/unreachable/)
})
