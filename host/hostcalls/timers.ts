/** The timer of a root context. */
import { Status } from '../abi/enums.ts'
import { MAX_MILLIS } from '../abi/limits.ts'
import type { Vm } from '../plugin/vm.ts'
import type { Hostcalls } from './chapter.ts'

export function timerCalls(vm: Vm): Hostcalls {
  return {
    /** Sets the period of the root of the effective context; 0 stops. Always 0. */
    proxy_set_tick_period_milliseconds(millis: number): number {
      vm.admit()
      vm.effective!.root.setTickPeriod(Math.min(millis >>> 0, MAX_MILLIS))
      return Status.Ok
    },
  }
}
