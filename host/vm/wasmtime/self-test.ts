/**
 * Tries the library once before any guest runs: it cannot be asked for its version, and one with other layouts would
 * corrupt memory silently.
 */
import { VmTrap, type Engine, type HostImports, type Instance } from '../engine.ts'
import { engineMissing } from './locate.ts'

/**
 *     (import "p" "echo" (func $echo (param i32 i64) (result i64)))
 *     (memory (export "memory") 1)
 *     (func (export "run") (param $x i32) (result i32)
 *       (i64.store (i32.const 8) (call $echo (local.get $x) (i64.const 0x1122334455667788)))
 *       (i32.add (local.get $x) (i32.const 1)))
 *     (func (export "trap") unreachable)
 */
const PROBE = Buffer.from(
  '0061736d01000000010f0360027f7e017e60017f017f600000020a010170046563686f000003030201020503010001071703066d656d6f7279' +
    '02000372756e0001047472617000020a20021a00410820004288ef99abc5e88c91111000370300200041016a0b0300000b',
  'hex',
)
const PROBE_TRAP_OFFSET = 0x68

const LIMITS = { gas: 1000n, memoryPages: 2 }
const WORD = -123_456_789
const LONG = 0x1122334455667788n

/** Throws SLUICE_WASM_ENGINE when values, memory, traps or frames are not as they should be. */
export function checkLibrary(engine: Engine): void {
  let seen = ''
  const echo = (word: number, long: bigint): bigint => {
    seen = `${word} ${long}`
    return -long
  }
  const type = { params: ['i32', 'i64'], result: 'i64' } as const
  const imports: HostImports = new Map([['p', new Map([['echo', { type, call: echo }]])]])
  const instance = engine.compile(PROBE, LIMITS).instantiate(imports)
  const result = instance.func('run')!(WORD)
  const stored = instance.memory!.view().getBigInt64(8, true)
  const good = `${WORD} ${LONG}, ${WORD + 1}, ${-LONG}, unreachable at ${PROBE_TRAP_OFFSET}`
  const all = `${seen}, ${result}, ${stored}, ${trapText(instance)}`
  instance.dispose()
  if (all !== good) throw engineMissing(`a library that answers ${all} where ${good} is right`)
}

function trapText(instance: Instance): string {
  try {
    instance.func('trap')!()
    return 'no trap'
  } catch (error) {
    return error instanceof VmTrap ? `${error.kind} at ${error.frames[0]?.originalOffset}` : String(error)
  }
}
