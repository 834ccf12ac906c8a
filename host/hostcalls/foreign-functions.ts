/** Functions by name that a host may offer beside the ABI; the names are Envoy's. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { isInside, readByteString } from '../vm/guest-memory.ts'
import { giveNothing, type Hostcalls } from './chapter.ts'
import { clearRouteCache } from './streams.ts'

export function foreignFunctionCalls(vm: Vm): Hostcalls {
  return {
    /** Result pointers may be 0; they are written (0, 0) even when the function fails. 1: unknown name. */
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
      if (name === null || !isInside(vm.memory, argumentAddress, argumentSize)) return Status.InvalidMemoryAccess
      const status = call(vm, name)
      if (addressAt === 0 || sizeAt === 0) return status
      return giveNothing(vm, addressAt, sizeAt) === Status.Ok ? status : Status.InvalidMemoryAccess
    },
  }
}

function call(vm: Vm, name: string): number {
  if (name !== 'clear_route_cache') return Status.NotFound
  clearRouteCache(vm)
  return Status.Ok
}
