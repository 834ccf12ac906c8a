import { describe, expect, test } from 'vitest'
import { V8Engine } from '../../../host/vm/v8.ts'
import { readModuleInfo } from '../../../host/vm/module-info.ts'
import { rewrite } from '../../../host/vm/rewriter.ts'
import { kindOf, runGuest, startGuest } from './run-guest.ts'
import { wat } from './wat.ts'

const engine = new V8Engine()

describe('gas', () => {
  const count = `(module (func (export "count") (param $n i32) (result i32) (local $sum i32)
    (loop $l
      (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))`

  test('charges one per function entry and per turn of a loop', () => {
    const instance = startGuest(engine, count, { gas: 100n })
    expect(runGuest(instance, 'count', 99)).toBe(99)
    expect(kindOf(runGuest(instance, 'count', 100))).toBe('gas')
  })

  test('charges a bulk operation by its length', () => {
    const instance = startGuest(
      engine,
      `(module (memory 1) (func (export "fill") (param $n i32)
      (memory.fill (i32.const 0) (i32.const 7) (local.get $n))))`,
      { gas: 120n },
    )
    expect(runGuest(instance, 'fill', 1500)).toBe(undefined)
    expect(kindOf(runGuest(instance, 'fill', 1700))).toBe('gas')
    expect(kindOf(runGuest(instance, 'fill', -1))).toBe('gas')
  })

  test('cannot be reached by the guest: a module that names the added global is invalid', () => {
    const valid = wat(`(module (global $g (mut i32) (i32.const 5)) (func (export "f") (global.set $g (i32.const 9))))`)
    const broken = Uint8Array.from(valid)
    const at = broken.lastIndexOf(0x24)
    broken[at + 1] = 1
    expect(() => engine.compile(broken, { gas: 10n, memoryPages: 1 })).toThrow(/Failed to load Wasm code/)
  })
})

describe('rewriting', () => {
  test('keeps locals, branch tables, typed blocks, floats, vectors and data where they were', () => {
    const text = `(module
      (memory (export "memory") 1)
      (table 2 funcref)
      (elem (i32.const 0) $one $two)
      (data (i32.const 8) "\\2a\\00\\00\\00")
      (func $one (result i32) (i32.const 1))
      (func $two (result i32) (i32.const 2))
      (func (export "all") (param $x i32) (result i32) (local $f f64) (local $i i64) (local $v v128)
        (local.set $f (f64.const 2.5))
        (local.set $i (i64.const 0x7fffffffffff))
        (local.set $v (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i32x4 1 2 3 4) (v128.const i32x4 5 6 7 8)))
        (memory.copy (i32.const 100) (i32.const 8) (i32.const 4))
        (i32.add
          (block $out (result i32)
            (block $b (block $a (br_table $a $b (local.get $x))) (br $out (i32.const 10)))
            (i32.const 20))
          (i32.add
            (i32.load (i32.const 100))
            (i32.add
              (i32.add (i32.trunc_sat_f64_s (local.get $f)) (i32x4.extract_lane 2 (local.get $v)))
              (i32.add (call_indirect (result i32) (local.get $x))
                (i32.extend8_s (i32.wrap_i64 (i64.shr_u (local.get $i) (i64.const 40))))))))))`
    const plain = new WebAssembly.Instance(new WebAssembly.Module(wat(text)))
    const instance = startGuest(engine, text)
    for (const x of [0, 1]) expect(runGuest(instance, 'all', x)).toBe((plain.exports['all'] as (x: number) => number)(x))
  })

  test('adds the sections that a module lacks', () => {
    const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const { bytes } = rewrite(empty, readModuleInfo(empty), { gas: 5, memoryPages: 1, countsBlocks: false })
    expect(WebAssembly.validate(bytes)).toBe(true)
  })
})
