/** Functions by name that a host may offer beside the ABI; the names and meanings are Envoy's. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { readByteString, readCopy } from '../vm/guest-memory.ts'
import { giveBytes, giveNothing, type Hostcalls } from './chapter.ts'
import { compress, uncompress } from './compression.ts'
import { declareProperty, setEnvoyFilterState } from './filter-state-calls.ts'
import { createExpression, deleteExpression, evaluateExpression } from './expressions.ts'
import type { ForeignFunction } from './foreign-function.ts'
import { signText, verifySignature } from './signatures.ts'
import { clearRouteCache } from './streams.ts'

const FUNCTIONS: ReadonlyMap<string, ForeignFunction> = new Map<string, ForeignFunction>([
  ['verify_signature', verifySignature],
  ['sign', signText],
  ['compress', compress],
  ['uncompress', uncompress],
  ['set_envoy_filter_state', setEnvoyFilterState],
  ['declare_property', declareProperty],
  ['clear_route_cache', forgetRoute],
  ['expr_create', createExpression],
  ['expr_evaluate', evaluateExpression],
  ['expr_delete', deleteExpression],
])

export function foreignFunctionCalls(vm: Vm): Hostcalls {
  return {
    /** Result pointers may be 0; they are written (0, 0) even when the function fails. 1: unknown name, nothing is written. */
    proxy_call_foreign_function(
      nameAddress: number,
      nameSize: number,
      argumentAddress: number,
      argumentSize: number,
      addressAt: number,
      sizeAt: number,
    ): number {
      vm.admit()
      const name = readByteString(vm.memory, nameAddress, nameSize)
      const argument = readCopy(vm.memory, argumentAddress, argumentSize)
      if (name === null || argument === null) return Status.InvalidMemoryAccess
      const result = callFunction(vm, name, argument)
      if (result === null) return Status.NotFound
      if (addressAt === 0 || sizeAt === 0) return typeof result === 'number' ? result : Status.Ok
      if (typeof result !== 'number') return giveBytes(vm, result, addressAt, sizeAt)
      return giveNothing(vm, addressAt, sizeAt) === Status.Ok ? result : Status.InvalidMemoryAccess
    },
  }
}

/** Null when there is no such function. */
function callFunction(vm: Vm, name: string, argument: Buffer): Uint8Array | number | null {
  const added = vm.services.foreignFunctions?.get(name)
  if (added !== undefined) return added(argument)
  return FUNCTIONS.get(name)?.(vm, argument) ?? null
}

/** Always 0. */
function forgetRoute(vm: Vm): number {
  clearRouteCache(vm)
  return Status.Ok
}
