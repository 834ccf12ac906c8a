/** Functions by name that a host may offer beside the ABI; the names are Envoy's. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { isInside, readByteString } from '../vm/guest-memory.ts'
import { giveNothing, type Hostcalls } from './chapter.ts'

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
      if (vm.phase !== 0) throw vm.restricted()
      const name = readByteString(vm.memory, nameAddress, nameSize)
      if (name === null || !isInside(vm.memory, argumentAddress, argumentSize)) return Status.InvalidMemoryAccess
      const status = call(vm, name)
      if (addressAt === 0 || sizeAt === 0) return status
      return giveNothing(vm, addressAt, sizeAt) === Status.Ok ? status : Status.InvalidMemoryAccess
    },
  }
}

function call(vm: Vm, name: string): number {
  return name === 'clear_route_cache' ? clearRouteCache(vm) : Status.NotFound
}

/** Always 0. Not needed after a header change: that clears the route by itself. */
function clearRouteCache(vm: Vm): number {
  const stream = vm.effective!.stream
  if (stream !== null && !stream.ended) stream.host.requestHeadersChanged()
  return Status.Ok
}
