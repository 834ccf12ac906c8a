/** Which context hostcalls act on, and the end of a root context. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import type { Hostcalls } from './chapter.ts'

export function contextCalls(vm: Vm): Hostcalls {
  return {
    /** Until the callback ends; 0 = the callback's own context. 2: unknown id. */
    proxy_set_effective_context(id: number): number {
      vm.admit()
      const context = id === 0 ? vm.current : vm.contexts.get(id >>> 0)
      if (context === undefined) return Status.BadArgument
      vm.effective = context
      return Status.Ok
    },

    /** The root that answered false to on_done is done; a stream says it for its root. 1: the root does not wait. */
    proxy_done(): number {
      vm.admit()
      return vm.effective!.root.finishDone() ? Status.Ok : Status.NotFound
    },
  }
}
