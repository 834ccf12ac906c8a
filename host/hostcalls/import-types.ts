/** What a module of an ABI version may import: the types, without the functions. */
import { HOSTCALLS, type HostcallSpec } from '../abi/hostcalls.ts'
import { isWithin, type AbiVersion } from '../abi/version.ts'
import type { FunctionType, ImportTypes, ValueType } from '../vm/engine.ts'
import { WASI_FUNCTIONS, WASI_MODULES } from '../vm/wasi.ts'

/** All functions that the host offers to modules of the version. */
export function importTypes(version: AbiVersion): ImportTypes {
  const env = new Map<string, { type: FunctionType }>()
  for (const spec of hostcallsOf(version)) env.set(spec.name, { type: typeOf(spec) })
  const wasi = new Map(WASI_FUNCTIONS.map(([name, params, result]) => [name, { type: typeOf({ params, result }) }]))
  return new Map([['env', env], ...WASI_MODULES.map((module) => [module, wasi] as const)])
}

/** The hostcalls of a version. */
export function hostcallsOf(version: AbiVersion): HostcallSpec[] {
  return HOSTCALLS.filter(({ since, until }) => isWithin(version, since, until))
}

export function typeOf(spec: Pick<HostcallSpec, 'params' | 'result'>): FunctionType {
  const params = Array.from(spec.params, (letter): ValueType => (letter === 'l' ? 'i64' : 'i32'))
  return { params, result: spec.result ? 'i32' : null }
}
