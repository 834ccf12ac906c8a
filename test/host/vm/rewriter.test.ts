import { describe, expect, test } from 'vitest'
import { V8Engine } from '../../../host/vm/v8.ts'
import { VmTrap, type Instance } from '../../../host/vm/engine.ts'
import { readModuleInfo } from '../../../host/vm/module-info.ts'
import { rewrite } from '../../../host/vm/rewriter.ts'
import { wat } from './wat.ts'

const engine = new V8Engine()

function start(text: string, limits: { gas?: bigint; memoryPages?: number } = {}): Instance {
  return engine.compile(wat(text), { gas: 1_000_000n, memoryPages: 16, ...limits }).instantiate(new Map())
}

/** The trap of a call, or the number it returned. */
function run(instance: Instance, name: string, ...args: number[]): VmTrap | number {
  instance.refillGas()
  try {
    return instance.func(name)!(...args)
  } catch (error) {
    const trap = instance.trap(error)
    if (trap === null) throw error
    return trap
  }
}

function kindOf(result: VmTrap | number): string {
  return typeof result === 'number' ? String(result) : result.kind
}

describe('gas', () => {
  const count = `(module (func (export "count") (param $n i32) (result i32) (local $sum i32)
    (loop $l
      (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))`

  test('charges one per function entry and per turn of a loop', () => {
    const instance = start(count, { gas: 100n })
    expect(run(instance, 'count', 99)).toBe(99)
    expect(kindOf(run(instance, 'count', 100))).toBe('gas')
  })

  test('is refilled, not carried over', () => {
    const instance = start(count, { gas: 100n })
    for (let i = 0; i < 10; i++) expect(run(instance, 'count', 90)).toBe(90)
  })

  test('runs down over calls without a refill', () => {
    const instance = start(count, { gas: 100n })
    instance.refillGas()
    instance.func('count')!(60)
    expect(() => instance.func('count')!(60)).toThrow(/unreachable/)
  })

  test.each([
    ['an endless loop', '(loop $l (br $l))', 'gas'],
    ['mutual recursion by tail calls', '(return_call $f)', 'gas'],
    ['endless recursion', '(call $f) (call $f)', 'stack'],
    ['a plain unreachable', '(unreachable)', 'unreachable'],
    ['a load out of bounds', '(drop (i32.load (i32.const 70000)))', 'memory'],
    ['a division by zero', '(drop (i32.div_s (i32.const 1) (i32.const 0)))', 'other'],
    ['a loop of large fills', '(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l))', 'gas'],
    ['a loop of large copies', '(loop $l (memory.copy (i32.const 0) (i32.const 1) (i32.const 65000)) (br $l))', 'gas'],
  ])('stops %s as %s', (_, body, kind) => {
    const instance = start(`(module (memory 1) (func $f (export "f") ${body}))`, { gas: 100_000_000n })
    expect(kindOf(run(instance, 'f'))).toBe(kind)
  })

  test('charges a bulk operation by its length', () => {
    const instance = start(
      `(module (memory 1) (func (export "fill") (param $n i32)
      (memory.fill (i32.const 0) (i32.const 7) (local.get $n))))`,
      { gas: 120n },
    )
    expect(run(instance, 'fill', 1500)).toBe(undefined)
    expect(kindOf(run(instance, 'fill', 1700))).toBe('gas')
    expect(kindOf(run(instance, 'fill', -1))).toBe('gas')
  })

  test('cannot be reached by the guest: a module that names the added global is invalid', () => {
    const valid = wat(`(module (global $g (mut i32) (i32.const 5)) (func (export "f") (global.set $g (i32.const 9))))`)
    const broken = Uint8Array.from(valid)
    const at = broken.lastIndexOf(0x24)
    broken[at + 1] = 1
    expect(() => engine.compile(broken, { gas: 10n, memoryPages: 1 })).toThrow(/Failed to load Wasm code/)
  })
})

describe('memory limit', () => {
  const grow = (memory: string): string =>
    `(module (memory ${memory}) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`

  test.each([
    ['1', 15, 1],
    ['1', 16, -1],
    ['1 100', 16, -1],
    ['1 4', 4, -1],
    ['1 4', 3, 1],
  ])('memory %s grown by %i gives %i', (memory, pages, result) => {
    expect(run(start(grow(memory)), 'grow', pages)).toBe(result)
  })

  test('refuses a memory that starts above it', () => {
    expect(() => start(grow('17'))).toThrow(/Failed to load Wasm code/)
  })

  test('names a guest that gives up with its memory full', () => {
    const instance = start(
      `(module (memory (export "memory") 1) (func (export "f") (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable))`,
    )
    expect(kindOf(run(instance, 'f'))).toBe('memory')
  })

  test('holds for an imported memory too', () => {
    const module = wat(
      `(module (import "env" "memory" (memory 1)) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`,
    )
    const instance = engine.compile(module, { gas: 10_000n, memoryPages: 4 }).instantiate(new Map())
    expect(instance.memory!.u8().length).toBe(65536)
    expect(run(instance, 'grow', 3)).toBe(1)
    expect(instance.memory!.u8().length).toBe(4 * 65536)
    expect(run(instance, 'grow', 1)).toBe(-1)
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
    const instance = start(text)
    for (const x of [0, 1]) expect(run(instance, 'all', x)).toBe((plain.exports['all'] as (x: number) => number)(x))
  })

  test('keeps function indexes and leads trap offsets back to the given module', () => {
    const text = `(module
      (func $first (export "first") (loop $l (nop)))
      (func $deep (param i32) (loop $l (nop)) (if (local.get 0) (then unreachable)))
      (func $outer (export "outer") (loop $l (nop)) (call $deep (i32.const 1))))`
    const bytes = wat(text, { names: true })
    const trap = run(engine.compile(bytes, { gas: 100n, memoryPages: 1 }).instantiate(new Map()), 'outer') as VmTrap
    expect(trap.frames.map((frame) => frame.func)).toEqual(['deep', 'outer'])
    expect(bytes[trap.frames[0]!.originalOffset]).toBe(0x00)
    expect(bytes[trap.frames[1]!.originalOffset]).toBe(0x10)
  })

  test('names functions by index when there is no name section', () => {
    const trap = run(start('(module (func) (func (export "f") unreachable))'), 'f') as VmTrap
    expect(trap.frames[0]!.func).toBe('$1')
  })

  test('adds the sections that a module lacks', () => {
    const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const { bytes } = rewrite(empty, readModuleInfo(empty), { gas: 5, memoryPages: 1 })
    expect(WebAssembly.validate(bytes)).toBe(true)
  })

  test('compiles the same bytes once per limits', () => {
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
  ])('refuses %s', (_, bytes) => {
    expect(() => engine.compile(bytes, { gas: 1n, memoryPages: 1 })).toThrow(/Failed to load Wasm code/)
  })

  test('answers every damaged byte of a module with a refusal or a module, never with another error', () => {
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

describe('guest memory', () => {
  test('is taken again after growth', () => {
    const instance = start(
      `(module (memory (export "memory") 1) (func (export "grow") (drop (memory.grow (i32.const 1))) (i32.store (i32.const 65536) (i32.const 42))))`,
    )
    const before = instance.memory!.u8()
    run(instance, 'grow')
    expect(before.length).toBe(0)
    expect(instance.memory!.u8().readUInt32LE(65536)).toBe(42)
    expect(instance.memory!.view().getUint32(65536, true)).toBe(42)
  })
})
