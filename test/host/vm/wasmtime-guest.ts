/** A thread or process of its own with a guest on wasmtime, for the tests of how they end. */
import { parentPort, workerData } from 'node:worker_threads'
import { engineNamed } from '../../../host/vm/engines.ts'
import { hostFunctions, kindOf, runGuest, startGuest } from './run-guest.ts'

/** Some tenths of a second of each loop. */
const GAS = { calls: 400_000n, spin: 100_000_000n }

const how = (workerData as string | null) ?? process.argv[2]

const instance = startGuest(
  engineNamed('wasmtime', 'test'),
  `(module (import "h" "call" (func $call)) (memory (export "memory") 1)
    (func (export "call") (call $call)) (func (export "calls") (loop $l (call $call) (br $l))) (func (export "spin") (loop $l (br $l))))`,
  { gas: how === 'hostcalls for ever' ? GAS.calls : GAS.spin },
  hostFunctions({ call: ['void -> void', onCall] }),
)

function onCall(): void {
  if (how === 'exits in a hostcall') process.exit(7)
}

instance.memory!.u8()
instance.func('call')!()
if (how === 'exits') process.exit(5)
if (parentPort !== null) setTimeout(run, 50)

/** Outside of the module's evaluation, in which a thread had better not be ended. */
function run(): void {
  parentPort!.postMessage('ready')
  setImmediate(runForEver)
}

/** Only the end of the thread ends it, wherever it is then. */
function runForEver(): void {
  const name = how === 'endless loop' ? 'spin' : 'calls'
  while (kindOf(runGuest(instance, name)) === 'gas');
}
