/** Wall clock. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { writeU64 } from '../vm/guest-memory.ts'
import type { Hostcalls } from './chapter.ts'

export function clockCalls(vm: Vm): Hostcalls {
  return {
    proxy_get_current_time_nanoseconds(timeAt: number): number {
      vm.admit()
      return writeU64(vm.memory, timeAt, vm.services.clock.wallNanos()) ? Status.Ok : Status.InvalidMemoryAccess
    },
  }
}
