/** Calls functions of guests as the host does: full gas first, errors looked at by the instance. */
import {
  VmTrap,
  type Engine,
  type HostFunction,
  type HostImports,
  type Instance,
  type ValueType,
} from '../../../host/vm/engine.ts'
import { wat } from './wat.ts'

/** Enough for what a test does on purpose. */
export const LIMITS = { gas: 1_000_000n, memoryPages: 16 }

/** An instance of a module in text form. */
export function startGuest(
  engine: Engine,
  text: string,
  limits: { gas?: bigint; memoryPages?: number } = {},
  imports: HostImports = new Map(),
): Instance {
  return engine.compile(wat(text, { names: true }), { ...LIMITS, ...limits }).instantiate(imports)
}

/** The trap of a call, or the number that it returned. Throws what the guest is not to blame for. */
export function runGuest(instance: Instance, name: string, ...args: number[]): VmTrap | number {
  instance.refillGas()
  try {
    return instance.func(name)!(...args)
  } catch (error) {
    const trap = instance.trap(error)
    if (trap === null) throw error
    return trap
  }
}

/** The kind of a trap, or the number as text. */
export function kindOf(result: VmTrap | number): string {
  return result instanceof VmTrap ? result.kind : String(result)
}

/** The host functions `h.<name>`, each with its type as text: `i32 i64 -> i32`. */
export function hostFunctions(functions: Readonly<Record<string, readonly [type: string, call: HostFunction]>>): HostImports {
  const entries = Object.entries(functions).map(([name, [text, call]]) => {
    const [params, result] = text.split(' -> ') as [string, string]
    const type = { params: params === 'void' ? [] : (params.split(' ') as ValueType[]), result: toResult(result) }
    return [name, { type, call }] as const
  })
  return new Map([['h', new Map(entries)]])
}

function toResult(text: string): ValueType | null {
  return text === 'void' ? null : (text as ValueType)
}
