/**
 * This machine's unit: nanoseconds of a fixed module that makes seven plain calls into JavaScript, and of a million
 * turns of an empty loop with the gas counter. Figures of other micro-benchmarks are compared with it, not with a clock.
 */
import { V8Engine } from '../../host/vm/v8.ts'
import { measure } from './measure.ts'

/** `(func (export "run") (result i32)` with seven calls of `env.f (i32 ×5) -> i32`. */
const SEVEN_CALLS = Buffer.from(
  '0061736d01000000010e0260057f7f7f7f7f017f6000017f02090103656e7601660000030201010707010372756e00010a5e015c004100' +
    '411041034104410810001a4100411041034104410810001a4100411041034104410810001a4100411041034104410810001a4100411041' +
    '034104410810001a4100411041034104410810001a4100411041034104410810000b',
  'hex',
)

/** `(func (export "run")` with a loop that counts a local down from 1 000 000. */
const EMPTY_LOOP = Buffer.from(
  '0061736d01000000010401600000030201000707010372756e00000a18011601017f41c0843d21000340200041016b22000d000b0b',
  'hex',
)

/** What the fixed module takes on the reference machine: seven calls from wasm into JavaScript at five nanoseconds each. */
const REFERENCE_NANOS = 35

/** Microseconds that `nanos` would be on the reference machine, when the fixed module takes `unit` nanoseconds here. */
export function scaledMicros(nanos: number, unit: number): string {
  return `${((nanos / unit) * (REFERENCE_NANOS / 1000)).toFixed(2)} us scaled`
}

/** Nanoseconds of one turn of the fixed module. */
export function calibration(): number {
  let sum = 0
  const call = (a: number, b: number, c: number, d: number, e: number): number => (sum = (sum + a + b + c + d + e) | 0)
  const instance = new WebAssembly.Instance(new WebAssembly.Module(SEVEN_CALLS), { env: { f: call } })
  return measure(instance.exports['run'] as () => number, 20_000)
}

/** Nanoseconds of one tick of gas in the cheapest loop. */
export function tickNanos(): number {
  const instance = new V8Engine().compile(EMPTY_LOOP, { gas: 2n ** 31n, memoryPages: 16 }).instantiate(new Map())
  const run = instance.func('run')!
  const turn = (): void => {
    instance.refillGas()
    run()
  }
  return measure(turn, 5) / 1e6
}

if (import.meta.main) {
  console.log(`seven calls: ${calibration().toFixed(1)} ns`)
  console.log(`one tick: ${tickNanos().toFixed(3)} ns`)
}
