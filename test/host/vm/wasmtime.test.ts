/** What only wasmtime has to be asked: its library, its stack, its memory, its life among threads. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { engineNamed } from '../../../host/vm/engines.ts'
import { readFunctionStart, readModuleInfo } from '../../../host/vm/module-info.ts'
import type { VmTrap } from '../../../host/vm/engine.ts'
import { missingEngine } from '../../support/engines.ts'
import { collectGarbage } from '../../support/garbage.ts'
import { hostFunctions, kindOf, LIMITS, runGuest, startGuest } from './run-guest.ts'
import { wat } from './wat.ts'

const GUEST = join(import.meta.dirname, 'wasmtime-guest.ts')
const MEGABYTE = 1024 * 1024

describe.runIf(missingEngine('wasmtime') === null)('wasmtime', () => {
  const engine = engineNamed('wasmtime', 'test')

  test('says where a function without stack starts', () => {
    const bytes = wat('(module (func $again (export "f") (param i32) (call $again (i32.const 1)) (call $again (i32.const 2))))')
    const trap = runGuest(engine.compile(bytes, LIMITS).instantiate(new Map()), 'f', 0) as VmTrap
    expect(trap.frames[0]!.originalOffset).toBe(readFunctionStart(bytes, readModuleInfo(bytes), 0))
  })

  test('leaves the traps of V8 to V8', () => {
    const instance = startGuest(
      engineNamed('v8', 'test'),
      '(module (memory 1) (func (export "f") (drop (i32.load (i32.const -8)))))',
    )
    expect(kindOf(runGuest(instance, 'f'))).toBe('memory')
  })

  test('runs deep JavaScript in a hostcall of a deep guest', () => {
    const deep = (left: number): number => (left === 0 ? 1 : 1 + deep(left - 1))
    const instance = startGuest(
      engine,
      `(module (import "h" "deep" (func $deep (result i32))) (func $f (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))) (else (call $deep)))))`,
      {},
      hostFunctions({ deep: ['void -> i32', () => deep(2000)] }),
    )
    expect(runGuest(instance, 'f', 8000)).toBe(2001)
  })

  test('has stack for deep guests inside of each other', () => {
    const text = `(module (import "h" "next" (func $next (result i32))) (func $f (export "f") (param i32) (result i32)
      (if (result i32) (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))) (else (call $next)))))`
    const calls: (() => number)[] = [() => 42]
    for (let level = 0; level < 8; level++) {
      const inner = calls.at(-1)!
      const instance = startGuest(engine, text, {}, hostFunctions({ next: ['void -> i32', () => inner()] }))
      calls.push(() => instance.func('f')!(15_000))
    }
    expect(calls.at(-1)!()).toBe(42)
  })

  test('takes memory from its views when an instance is disposed of, and does not run it again', () => {
    const instance = startGuest(engine, '(module (memory (export "memory") 1) (func (export "f")))')
    const [bytes, words, run] = [instance.memory!.u8(), instance.memory!.view(), instance.func('f')!]
    instance.dispose()
    instance.dispose()
    expect([bytes.length, bytes[5], instance.memory!.u8().length]).toEqual([0, undefined, 0])
    expect(() => words.getUint8(0)).toThrow(TypeError)
    expect(() => run()).toThrow('a disposed instance is not called')
  })

  test('lets a guest end that is disposed of in its own hostcall', () => {
    const instance = startGuest(
      engine,
      `(module (import "h" "end" (func $end)) (memory (export "memory") 1)
        (func (export "f") (result i32) (call $end) (i32.store (i32.const 0) (i32.const 7)) (i32.load (i32.const 0))))`,
      {},
      hostFunctions({ end: ['void -> void', () => instance.dispose()] }),
    )
    const memory = instance.memory!.u8()
    expect([instance.func('f')!(), memory.length]).toEqual([7, 0])
  })

  test('counts the length of bulk operations', () => {
    const text = '(module (memory 16) (func (export "f") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0))))'
    const instance = startGuest(engine, text, { gas: 1000n })
    expect([kindOf(runGuest(instance, 'f', 7900)), kindOf(runGuest(instance, 'f', 8100))]).toEqual(['7900', 'gas'])
  })

  test('keeps no memory of traps, host errors, instances and modules', async () => {
    const instance = startGuest(
      engine,
      '(module (import "h" "no" (func $no)) (memory 1) (func (export "trap") unreachable) (func (export "no") (call $no)))',
      {},
      hostFunctions({
        no: [
          'void -> void',
          () => {
            throw new Error('no')
          },
        ],
      }),
    )
    const text = wat('(module (memory (export "memory") 1) (func (export "f") (i32.store (i32.const 0) (i32.const 1))))')
    const turn = (): void => {
      runGuest(instance, 'trap')
      expect(() => instance.func('no')!()).toThrow('no')
      const one = engine.compile(text, LIMITS).instantiate(new Map())
      one.func('f')!()
      one.memory!.u8()
      one.dispose()
    }
    // Without a release it is more than 100 MB.
    expect(await growth(turn, 2000)).toBeLessThan(24 * MEGABYTE)
  })

  test('frees instances that nobody disposes of', async () => {
    const module = engine.compile(
      wat(
        '(module (memory (export "memory") 16) (func (export "f") (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))))',
      ),
      { ...LIMITS, gas: 10_000_000n },
    )
    const turn = (): void => void module.instantiate(new Map()).func('f')!()
    expect(await growth(turn, 200)).toBeLessThan(24 * MEGABYTE)
  })

  test('runs in several threads, each of which can be ended at any time', async () => {
    const work = ['hostcalls for ever', 'hostcalls for ever', 'endless loop']
    const workers = work.map((workerData) => new Worker(GUEST, { workerData }))
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))))
    expect(await Promise.all(workers.map((worker) => worker.terminate()))).toEqual([1, 1, 1])
    expect(kindOf(runGuest(startGuest(engine, '(module (func (export "f") (result i32) (i32.const 3)))'), 'f'))).toBe('3')
  })

  test.each([
    ['falls off its end', 0],
    ['exits', 5],
    ['exits in a hostcall', 7],
  ])('a process that %s does so with its own code', (how, code) => {
    const { status, stderr } = spawnSync(process.execPath, [GUEST, how], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([code, ''])
  })
})

/** Bytes that the process has grown by `count` turns, after as many to warm up. */
async function growth(turn: () => void, count: number): Promise<number> {
  const run = async (): Promise<number> => {
    for (let i = 0; i < count; i++) {
      turn()
      if (i % 50 === 0) await freed()
    }
    await freed()
    return process.memoryUsage.rss()
  }
  await run()
  const before = await run()
  return (await run()) - before
}

/** What lies behind garbage and behind views is freed when the event loop turns. */
async function freed(): Promise<void> {
  collectGarbage()
  await new Promise(setImmediate)
}
