/**
 * A guest that runs whatever a test writes into its memory: before each callback the test puts a list of hostcalls with
 * their arguments there, the guest makes them and notes what each returned.
 *
 *     0x00000  inputs and outputs of hostcalls
 *     0x10000  what the allocator hands out
 *     0x20000  the program
 *     0x30000  nobody's
 */
import { CALLBACKS } from '../../../host/abi/callbacks.ts'
import { CURRENT_HOSTCALLS } from '../hostcalls/shapes.ts'
import { wat } from '../vm/wat.ts'

export const PAGE = 0x10000
export const HEAP = 0x10000
export const PROGRAM = 0x20000
export const FREE = 0x30000
/** Bytes of guest memory at its start. */
export const SIZE = 0x40000

/** One step: number of the hostcall or END, what it returned, arguments of eight bytes each. */
export const STEP_BYTES = 128
export const STATUS_AT = 4
export const ARGUMENTS_AT = 8
export const END = 0xffff

/** What the allocator does next, and what the callback returns. */
export const MODE_AT = 0x2fff0
export const RESULT_AT = 0x2fff4

export const Mode = {
  Normal: 0,
  Nothing: 1,
  Odd: 2,
  OutOfRange: 3,
  Grow: 4,
  Trap: 5,
  Log: 6,
  Restricted: 7,
} as const

const LAST_PARAMS = new Map(CALLBACKS.filter(({ until }) => until === null).map((spec) => [spec.name, spec]))
const NOT_CALLBACKS: ReadonlySet<string> = new Set([
  'malloc',
  'proxy_on_memory_allocate',
  '_initialize',
  '_start',
  'main',
  '__main_void',
  'proxy_validate_configuration',
])

export function programmableGuest(): Uint8Array {
  return wat(`(module
    ${CURRENT_HOSTCALLS.map(importOf).join('\n')}
    (memory (export "memory") 4 8)
    (global $top (mut i32) (i32.const ${HEAP}))
    (func (export "proxy_abi_version_0_2_1"))
    ${ALLOCATOR}
    ${interpreter()}
    ${[...LAST_PARAMS.values()]
      .filter(({ name }) => !NOT_CALLBACKS.has(name))
      .map(exportOf)
      .join('\n')})`)
}

function importOf(spec: (typeof CURRENT_HOSTCALLS)[number], index: number): string {
  const params = Array.from(spec.params, (letter) => (letter === 'l' ? 'i64' : 'i32')).join(' ')
  const result = spec.result ? '(result i32)' : ''
  return `(import "env" "${spec.name}" (func $f${index} (param ${params}) ${result}))`.replace('(param )', '')
}

const ALLOCATOR = `(func (export "malloc") (param $n i32) (result i32)
  (local $mode i32) (local $at i32)
  (local.set $mode (i32.load (i32.const ${MODE_AT})))
  (if (i32.eq (local.get $mode) (i32.const ${Mode.Nothing})) (then (return (i32.const 0))))
  (if (i32.gt_u (local.get $n) (i32.const 0x8000)) (then (return (i32.const 0))))
  (if (i32.eq (local.get $mode) (i32.const ${Mode.Odd})) (then (return (i32.const ${HEAP + 1}))))
  (if (i32.eq (local.get $mode) (i32.const ${Mode.OutOfRange})) (then (return (i32.const 0x7fffffff))))
  (if (i32.eq (local.get $mode) (i32.const ${Mode.Grow})) (then (drop (memory.grow (i32.const 1)))))
  (if (i32.eq (local.get $mode) (i32.const ${Mode.Trap})) (then (unreachable)))
  (if (i32.eq (local.get $mode) (i32.const ${Mode.Log}))
    (then (drop (call $f0 (i32.const 2) (i32.const 0) (i32.const 8)))))
  (if (i32.eq (local.get $mode) (i32.const ${Mode.Restricted})) (then (drop (call $f1 (i32.const 0)))))
  (if (i32.gt_u (i32.add (global.get $top) (local.get $n)) (i32.const ${PROGRAM}))
    (then (global.set $top (i32.const ${HEAP}))))
  (local.set $at (global.get $top))
  (global.set $top (i32.add (local.get $at) (local.get $n)))
  (local.get $at))`

/** A table of branches into nested blocks, one block per hostcall. */
function interpreter(): string {
  const count = CURRENT_HOSTCALLS.length
  const labels = Array.from({ length: count }, (_, index) => `$b${index}`)
  let body = `(br_table ${labels.join(' ')} $end (i32.load (local.get $at)))`
  CURRENT_HOSTCALLS.forEach((spec, index) => {
    const args = Array.from(spec.params, (letter, place) => {
      const offset = ARGUMENTS_AT + 8 * place
      return `(${letter === 'l' ? 'i64' : 'i32'}.load offset=${offset} (local.get $at))`
    })
    const call = `(call $f${index} ${args.join(' ')})`
    const made = spec.result ? `(i32.store offset=${STATUS_AT} (local.get $at) ${call})` : call
    body = `(block $b${index} ${body}) ${made} (br $step)`
  })
  return `(func $run (param $unused i32) (result i32) (local $at i32)
    (local.set $at (i32.const ${PROGRAM}))
    (loop $next
      (block $end
        (block $step ${body})
        (local.set $at (i32.add (local.get $at) (i32.const ${STEP_BYTES})))
        (br $next)))
    (i32.load (i32.const ${RESULT_AT})))`
}

function exportOf({ name, params, result }: { name: string; params: number; result: boolean }): string {
  const run = '(call $run (i32.const 0))'
  const type = `(param ${'i32 '.repeat(params)})`
  return `(func (export "${name}") ${type} ${result ? `(result i32) ${run}` : `(drop ${run})`})`
}
