/** Random programs of loops, branches and calls: they do what they did, pay for every entry and turn, and end at the tick. */
import { expect, test } from 'vitest'
import { STRETCH } from '../../../host/vm/charges.ts'
import { readModuleInfo } from '../../../host/vm/module-info.ts'
import { GAS_EXPORT, rewrite } from '../../../host/vm/rewriter.ts'
import { V8Engine } from '../../../host/vm/v8.ts'
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import { kindOf, runGuest } from './run-guest.ts'
import { wat } from './wat.ts'

const PROGRAMS = process.env['SLUICE_FULL'] === undefined ? 40 : 400
const ENOUGH = 0x7fffffff
const engine = new V8Engine()

type Exports = Record<string, (bits: number) => number> & Record<'turns' | 'steps' | typeof GAS_EXPORT, WebAssembly.Global>

const bump = (name: string): string => `(global.set $${name} (i32.add (global.get $${name}) (i32.const 1)))`
const STEP = bump('steps')
const STEP_BYTES = 7
const TURN = bump('turns')
/** Decides by the parameter and by how far the program has come. */
const BIT = `(i32.and (i32.shr_u (local.get $bits) (global.get $fuel)) (i32.const 1))`
/** What makes every program end, however it loops. */
const BURN = `(global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
  (if (i32.lt_s (global.get $fuel) (i32.const 0)) (then (return (global.get $steps))))`

class Program {
  readonly #random: SeededRandom

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }

  text(): string {
    const functions = [0, 1, 2, 3].map((number) => {
      const body = this.#body(number, 4, 0)
      return `(func $f${number} (export "f${number}") (param $bits i32) (result i32) ${TURN} ${body} (global.get $steps))`
    })
    return `(module (memory 1) (type $f (func (param i32) (result i32))) (table 4 funcref) (elem (i32.const 0) func $f0 $f1 $f2 $f3)
      (global $steps (export "steps") (mut i32) (i32.const 0)) (global $turns (export "turns") (mut i32) (i32.const 0))
      (global $fuel (mut i32) (i32.const 200)) ${functions.join('\n')})`
  }

  pick(count: number): number {
    return Math.floor(this.#random.fraction() * count)
  }

  #body(number: number, depth: number, nesting: number): string {
    return Array.from({ length: 1 + this.pick(3) }, () => this.#statement(number, depth, nesting)).join('\n')
  }

  #statement(number: number, depth: number, nesting: number): string {
    const target = this.pick(nesting + 1)
    const inner = (): string => this.#body(number, depth - 1, nesting + 1)
    const steps = STEP.repeat(this.pick(30))
    if (depth === 0) return steps
    switch (this.pick(9)) {
      case 0:
        return `(block ${inner()})`
      case 1:
      case 2:
        return `(loop ${TURN} ${BURN} ${inner()} (br_if 0 ${BIT}))`
      case 3:
        return `(if ${BIT} (then ${inner()}) (else ${inner()}))`
      case 4:
        return nesting === 0 ? steps : `(br_if ${this.pick(nesting)} ${BIT})`
      case 5:
        return nesting === 0 ? steps : `(block (br_table ${this.pick(nesting)} 0 ${this.pick(nesting)} ${BIT})) ${steps}`
      case 6:
        return `(if ${BIT} (then (return (i32.const ${target}))))`
      case 7:
        return number === 3 ? steps : this.#call(number + 1 + this.pick(3 - number))
      default:
        return steps
    }
  }

  #call(number: number): string {
    if (this.pick(2) === 0) return `(drop (call $f${number} (local.get $bits)))`
    return `(drop (call_indirect (type $f) (local.get $bits) (i32.const ${number})))`
  }
}

function instantiate(bytes: Uint8Array): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)).exports as unknown as Exports
}

test.each(Array.from({ length: PROGRAMS }, (_, at) => at + 1))('program %i', (seed) => {
  const program = new Program(seed)
  const bytes = wat(program.text())
  const rewritten = rewrite(bytes, readModuleInfo(bytes), { gas: ENOUGH, memoryPages: 1, countsBlocks: false })
  for (let tries = 3; tries > 0; tries--) {
    const bits = program.pick(2 ** 32)
    const plain = instantiate(bytes)
    const wanted = plain['f0']!(bits)
    const counted = instantiate(rewritten.bytes)
    expect(counted['f0']!(bits)).toBe(wanted)
    const ticks = ENOUGH - (counted[GAS_EXPORT].value as number)
    const turns = plain.turns.value as number
    // One for each entry and turn, and as many as a stretch costs for each stretch.
    const stretches = (ticks - turns) / (STRETCH / 16)
    expect([Number.isInteger(stretches), stretches >= 0]).toEqual([true, true])
    expect((plain.steps.value as number) * STEP_BYTES).toBeLessThan((turns + stretches + 1) * (STRETCH + 16))
    expect(kindOf(runWith(bytes, ticks, bits))).toBe(String(wanted))
    expect(kindOf(runWith(bytes, ticks - 1, bits))).toBe('gas')
  }
})

function runWith(bytes: Uint8Array, gas: number, bits: number): ReturnType<typeof runGuest> {
  return runGuest(engine.compile(bytes, { gas: BigInt(gas), memoryPages: 1 }).instantiate(new Map()), 'f0', bits)
}
