/** Look-ups of names, an addition of Envoy's: the answer comes as `envoy_on_resolve_dns` of the root. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { isInside, readByteString, writeU32 } from '../vm/guest-memory.ts'
import type { Hostcalls } from './chapter.ts'

export function dnsCalls(vm: Vm): Hostcalls {
  return {
    /** The token of the answer, which never comes inside the call. 10: too many look-ups wait (Envoy has no limit). */
    envoy_resolve_dns(nameAddress: number, nameSize: number, tokenAt: number): number {
      vm.admit()
      const name = readByteString(vm.memory, nameAddress, nameSize)
      if (name === null || !isInside(vm.memory, tokenAt, 4)) return Status.InvalidMemoryAccess
      const token = vm.effective!.root.resolveName(name)
      if (token === 0) return Status.InternalFailure
      writeU32(vm.memory, tokenAt, token)
      return Status.Ok
    },
  }
}
