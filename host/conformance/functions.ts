/** The functions that the kit calls, as its guests and its scripts number them. */
import { HOSTCALLS } from '../abi/hostcalls.ts'
import { isWithin, type AbiVersion } from '../abi/version.ts'
import { WASI_FUNCTIONS } from '../vm/wasi.ts'

/** One function that a guest imports. */
export interface KitFunction {
  readonly name: string
  /** `env` or WASI's module. */
  readonly module: string
  /** One letter per parameter: `i` = i32, `l` = i64. */
  readonly params: string
  readonly result: boolean
  readonly since: AbiVersion
  readonly until: AbiVersion | null
}

const WASI_MODULE = 'wasi_snapshot_preview1'

/** Everything that a module may import; the place in the list is the number in scripts. */
export const KIT_FUNCTIONS: readonly KitFunction[] = [
  ...HOSTCALLS.map(({ name, params, result, since, until }) => ({ name, module: 'env', params, result, since, until })),
  ...WASI_FUNCTIONS.map(([name, params, result]) => ({
    name,
    module: WASI_MODULE,
    params,
    result,
    since: '0.1.0' as const,
    until: null,
  })),
]

/** Numbers of what a guest does without its host. */
export const SPECIAL_FUNCTIONS = { trap: 0xff00, allocator_fails: 0xff01, grow_memory: 0xff02 } as const

/** Number and function of this name; throws for one that no version has. */
export function kitFunction(name: string): { readonly number: number; readonly spec: KitFunction } {
  const number = KIT_FUNCTIONS.findIndex((one) => one.name === name)
  if (number < 0) throw new Error(`no such function: ${name}`)
  return { number, spec: KIT_FUNCTIONS[number]! }
}

/** True when a module of this version may import the function. */
export function offers(version: AbiVersion, name: string): boolean {
  if (Object.hasOwn(SPECIAL_FUNCTIONS, name)) return true
  const { since, until } = kitFunction(name).spec
  return isWithin(version, since, until)
}
