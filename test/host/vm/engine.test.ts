/** What every engine does alike. */
import { describe, expect, test } from 'vitest'
import { VmTrap } from '../../../host/vm/engine.ts'
import { engineNamed } from '../../../host/vm/engines.ts'
import { readFunctionStart, readModuleInfo } from '../../../host/vm/module-info.ts'
import { TEST_ENGINES } from '../../support/engines.ts'
import { hostFunctions, kindOf, LIMITS, runGuest, startGuest } from './run-guest.ts'
import { wat } from './wat.ts'

const BOMB = '(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable'

describe.each(TEST_ENGINES)('on %s', (name) => {
  const engine = engineNamed(name, 'test')

  describe('traps', () => {
    test.each([
      ['an endless loop', '(loop $l (br $l))', 'gas', 'RuntimeError: the callback used up its gas'],
      ['mutual recursion by tail calls', '(return_call $f)', 'gas', 'RuntimeError: the callback used up its gas'],
      ['endless recursion', '(call $f) (call $f)', 'stack', 'RangeError: Maximum call stack size exceeded'],
      ['a plain unreachable', '(unreachable)', 'unreachable', 'RuntimeError: unreachable'],
      ['a load out of bounds', '(drop (i32.load (i32.const -8)))', 'memory', 'RuntimeError: memory access out of bounds'],
      ['a memory bomb', BOMB, 'memory', 'RuntimeError: unreachable (memory is at its limit)'],
      ['a division by zero', '(drop (i32.div_s (i32.const 1) (global.get $zero)))', 'other', 'RuntimeError: divide by zero'],
      [
        'an overflow',
        '(drop (i32.div_s (i32.const -2147483648) (i32.const -1)))',
        'other',
        'RuntimeError: divide result unrepresentable',
      ],
      [
        'a conversion of NaN',
        '(drop (i32.trunc_f32_s (f32.const nan)))',
        'other',
        'RuntimeError: float unrepresentable in integer range',
      ],
      ['an index outside the table', '(call_indirect (i32.const 9))', 'other', 'RuntimeError: table index is out of bounds'],
      ['an empty table entry', '(call_indirect (i32.const 0))', 'other', 'RuntimeError: function signature mismatch'],
      ['a wrong type', '(drop (call_indirect (result i32) (i32.const 1)))', 'other', 'RuntimeError: function signature mismatch'],
      ['an exception that nobody catches', '(throw $e)', 'other', 'RuntimeError: uncaught exception of the guest'],
      [
        'a loop of large fills',
        '(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l))',
        'gas',
        'RuntimeError: the callback used up its gas',
      ],
      [
        'a loop of large copies',
        '(loop $l (memory.copy (i32.const 0) (i32.const 1) (i32.const 65000)) (br $l))',
        'gas',
        'RuntimeError: the callback used up its gas',
      ],
    ])('of %s', (_, body, kind, message) => {
      const instance = startGuest(
        engine,
        `(module (memory (export "memory") 1) (global $zero (mut i32) (i32.const 0)) (table 2 funcref) (elem (i32.const 1) $f) (tag $e)
          (func $f (export "f") ${body}))`,
        { gas: 10_000_000n },
      )
      const trap = runGuest(instance, 'f') as VmTrap
      expect([trap.kind, trap.message]).toEqual([kind, message])
    })

    test('name functions and lead to places in the module', () => {
      const bytes = wat(
        `(module (func $deep (param i32) (loop $l (nop)) (if (local.get 0) (then unreachable)))
          (func $outer (export "outer") (loop $l (nop)) (call $deep (i32.const 1))))`,
        { names: true },
      )
      const trap = runGuest(engine.compile(bytes, { gas: 100n, memoryPages: 1 }).instantiate(new Map()), 'outer') as VmTrap
      expect(trap.frames.map((frame) => frame.func)).toEqual(['deep', 'outer'])
      expect(bytes[trap.frames[0]!.originalOffset]).toBe(0x00)
      expect(bytes[trap.frames[1]!.originalOffset]).toBe(0x10)
    })

    test('name functions by index when the module has no names', () => {
      const bytes = wat('(module (func) (func (export "f") unreachable))')
      const trap = runGuest(engine.compile(bytes, { gas: 100n, memoryPages: 1 }).instantiate(new Map()), 'f') as VmTrap
      expect(trap.frames[0]!.func).toBe('$1')
    })

    test('of recursion lead into the function that recurs', () => {
      const bytes = wat(
        `(module (func (nop)) (func $again (param i32) (call $again (i32.const 1)) (call $again (i32.const 2)))
          (func (export "f") (call $again (i32.const 0))))`,
        { names: true },
      )
      const trap = runGuest(engine.compile(bytes, LIMITS).instantiate(new Map()), 'f') as VmTrap
      const start = readFunctionStart(bytes, readModuleInfo(bytes), 1)
      const places = trap.frames.map(({ func, originalOffset }) => `${func} ${originalOffset - start}`)
      expect(places.slice(1)).toEqual(Array.from({ length: 19 }, () => 'again 2'))
      // The innermost has not begun: it stands about its start.
      expect(places[0]).toMatch(/^again -?[0-2]$/)
    })

    test('of the start section end the instantiation', () => {
      expect(() => startGuest(engine, '(module (func $s unreachable) (start $s))')).toThrow('RuntimeError: unreachable')
      expect(() => startGuest(engine, '(module (func $s (loop $l (br $l))) (start $s))')).toThrow('used up its gas')
    })
  })

  describe('gas', () => {
    const count = `(module (func (export "count") (param $n i32)
      (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`

    test('is refilled, not carried over', () => {
      const instance = startGuest(engine, count, { gas: 100_000n })
      for (let i = 0; i < 10; i++) expect(kindOf(runGuest(instance, 'count', 9000))).not.toBe('gas')
    })

    test('that is taken away in a hostcall ends the guest there', () => {
      const text = `(module (import "h" "take" (func $take)) (func (export "f") (call $take) (loop $l (br $l))))`
      const instance = startGuest(
        engine,
        text,
        { gas: 10n ** 12n },
        hostFunctions({ take: ['void -> void', () => instance.drainGas()] }),
      )
      const before = performance.now()
      expect(kindOf(runGuest(instance, 'f'))).toBe('gas')
      expect(performance.now() - before).toBeLessThan(1000)
    })

    test('runs down over calls without a refill', () => {
      const instance = startGuest(engine, count, { gas: 100_000n })
      const calls = (): void => {
        for (let i = 0; i < 100; i++) instance.func('count')!(9000)
      }
      expect(calls).toThrow(/unreachable|gas/)
    })
  })

  describe('host functions', () => {
    test('get and give values of every type and number', () => {
      const seen: unknown[] = []
      const note = (...values: unknown[]): number => seen.push(values)
      const long = (...values: unknown[]): bigint => BigInt(seen.push(values)) - 2n ** 40n
      const instance = startGuest(
        engine,
        `(module
          (import "h" "none" (func $none))
          (import "h" "one" (func $one (param i32) (result i32)))
          (import "h" "two" (func $two (param i32 i32) (result i32)))
          (import "h" "three" (func $three (param i32 i32 i32) (result i32)))
          (import "h" "four" (func $four (param i32 i32 i32 i32) (result i32)))
          (import "h" "five" (func $five (param i32 i32 i32 i32 i32) (result i32)))
          (import "h" "mixed" (func $mixed (param i64 i32 i64) (result i64)))
          (import "h" "ten" (func $ten (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
          (func (export "f") (param i32) (result i32)
            (call $none)
            (drop (call $one (i32.const 1)))
            (drop (call $two (i32.const 1) (i32.const 2)))
            (drop (call $three (local.get 0) (i32.const -1) (i32.const 2147483647)))
            (drop (call $four (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)))
            (drop (call $five (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)))
            (drop (call $mixed (i64.const -1) (i32.const 7) (i64.const 0x7fffffffffffffff)))
            (drop (call $ten (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9)))
            (i32.wrap_i64 (i64.add (call $mixed (i64.const 0) (i32.const 0) (i64.const 0)) (i64.const 0x10000000000)))))`,
        {},
        hostFunctions({
          none: ['void -> void', note],
          one: ['i32 -> i32', note],
          two: ['i32 i32 -> i32', note],
          three: ['i32 i32 i32 -> i32', note],
          four: ['i32 i32 i32 i32 -> i32', note],
          five: ['i32 i32 i32 i32 i32 -> i32', note],
          ten: ['i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 -> i32', note],
          mixed: ['i64 i32 i64 -> i64', long],
        }),
      )
      expect(runGuest(instance, 'f', 0xffff_fffe)).toBe(9)
      expect(seen).toEqual([
        [],
        [1],
        [1, 2],
        [-2, -1, 2147483647],
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5],
        [-1n, 7, 2n ** 63n - 1n],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [0n, 0, 0n],
      ])
    })

    test('may be imported several times', () => {
      const instance = startGuest(
        engine,
        `(module (import "h" "f" (func $a (param i32) (result i32))) (import "h" "f" (func $b (param i32) (result i32)))
          (func (export "g") (result i32) (call $a (call $b (i32.const 1)))))`,
        {},
        hostFunctions({ f: ['i32 -> i32', (value: number) => value + 20] }),
      )
      expect(runGuest(instance, 'g')).toBe(41)
    })

    test('that call the guest again and again end as a used-up stack', () => {
      const again = (): number => instance.func('f')!()
      const text = '(module (import "h" "again" (func $again (result i32))) (func (export "f") (result i32) (call $again)))'
      const instance = startGuest(engine, text, {}, hostFunctions({ again: ['void -> i32', again] }))
      expect(kindOf(runGuest(instance, 'f'))).toBe('stack')
    })

    test("that refuse a call are named as such, with the guest's frames", () => {
      const refuse = (): number => {
        throw new VmTrap('restricted', 'Error: restricted_callback', [])
      }
      const text = `(module (import "h" "refuse" (func $refuse (result i32)))
        (func $asks (result i32) (call $refuse)) (func $outer (export "f") (result i32) (call $asks)))`
      const trap = runGuest(startGuest(engine, text, {}, hostFunctions({ refuse: ['void -> i32', refuse] })), 'f') as VmTrap
      expect([trap.kind, trap.message, ...trap.frames.map(({ func }) => func)]).toEqual([
        'restricted',
        'Error: restricted_callback',
        'asks',
        'outer',
      ])
    })

    test('end the guest with the error that they throw, at any depth', () => {
      const error = new Error('no')
      const instance = startGuest(
        engine,
        `(module (import "h" "again" (func $again (param i32) (result i32))) (memory (export "memory") 1)
          (func $g (export "f") (param i32) (result i32) (call $again (i32.sub (local.get 0) (i32.const 1))) (i32.store (i32.const 0) (i32.const 1))))`,
        {},
        hostFunctions({
          again: [
            'i32 -> i32',
            (left: number) => {
              if (left === 0) throw error
              return instance.func('f')!(left)
            },
          ],
        }),
      )
      expect(() => instance.func('f')!(3)).toThrow(error)
      expect(instance.trap(error)).toBe(null)
      expect(instance.memory!.view().getInt32(0, true)).toBe(0)
    })
  })

  describe('memory', () => {
    const grow = (memory: string): string =>
      `(module (memory ${memory}) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`

    test.each([
      ['1', 15, 1],
      ['1', 16, -1],
      ['1 100', 16, -1],
      ['1 4', 4, -1],
      ['1 4', 3, 1],
    ])('%s grown by %i gives %i', (memory, pages, result) => {
      expect(runGuest(startGuest(engine, grow(memory)), 'grow', pages)).toBe(result)
    })

    test('above the limit is refused', () => {
      expect(() => startGuest(engine, grow('17'))).toThrow(/Failed to load Wasm code/)
    })

    test('that is imported has the same limit', () => {
      const module = wat(
        `(module (import "env" "memory" (memory 1)) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`,
      )
      const instance = engine.compile(module, { ...LIMITS, memoryPages: 4 }).instantiate(new Map())
      expect(instance.memory!.u8().length).toBe(65536)
      expect(runGuest(instance, 'grow', 3)).toBe(1)
      expect(instance.memory!.u8().length).toBe(4 * 65536)
      expect(runGuest(instance, 'grow', 1)).toBe(-1)
    })

    test('is as long as it is, and taken again after growth', () => {
      const instance = startGuest(
        engine,
        `(module (memory (export "memory") 1) (func (export "grow") (drop (memory.grow (i32.const 1))) (i32.store (i32.const 65536) (i32.const 42))))`,
      )
      const before = instance.memory!.u8()
      runGuest(instance, 'grow')
      const now = instance.memory!.u8()
      expect([before.length, now.length, now.readUInt32LE(65536), instance.memory!.view().getUint32(65536, true)]).toEqual([
        0, 131072, 42, 42,
      ])
    })

    test('is null for a module that has none', () => {
      expect(startGuest(engine, '(module (func (export "f")))').memory).toBe(null)
    })
  })

  test('tables grow up to what all of them share', () => {
    const instance = startGuest(
      engine,
      `(module (table $a 10 funcref) (table $b 10 100 funcref)
        (func (export "f") (param $n i32) (result i32) (table.grow $a (ref.null func) (local.get $n)))
        (func (export "g") (param $n i32) (result i32) (table.grow $b (ref.null func) (local.get $n))))`,
    )
    const results = ['f', 'f', 'g', 'g'].map((func, index) => runGuest(instance, func, [400_000, 400_000, 90, 1][index]!))
    expect(results).toEqual([10, -1, 10, -1])
  })

  describe('modules', () => {
    test('are compiled once per limits', () => {
      const bytes = wat('(module (func (export "f")))')
      const limits = { gas: 10n, memoryPages: 1 }
      expect(engine.compile(bytes, limits)).toBe(engine.compile(Uint8Array.from(bytes), limits))
      expect(engine.compile(bytes, { ...limits, gas: 11n })).not.toBe(engine.compile(bytes, limits))
    })

    test.each([
      ['text', Buffer.from('not a module')],
      ['nothing', Buffer.alloc(0)],
      ['a header alone, cut', Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0])],
      ['a section that ends too late', Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 50, 0])],
      ['an endless number', Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ])('are refused: %s', (_, bytes) => {
      expect(() => engine.compile(bytes, { gas: 1n, memoryPages: 1 })).toThrow(/Failed to load Wasm code/)
    })

    test('with any damaged byte are refused or compiled, never another error', () => {
      const valid = wat('(module (memory 1) (func (export "f") (param i32) (loop $l (br_if $l (local.get 0)))))')
      for (let at = 8; at < valid.length; at++) {
        for (const flip of [0x01, 0x80, 0xff]) {
          const bytes = Uint8Array.from(valid)
          bytes[at]! ^= flip
          try {
            engine.compile(bytes, { gas: 10n, memoryPages: 16 })
          } catch (error) {
            expect((error as { code?: string }).code).toBe('SLUICE_WASM_LOAD')
          }
        }
      }
    })
  })
})
