/** Imports that toolchains add to the specification's. */
import { Phase, type Vm } from '../plugin/vm.ts'
import type { Hostcalls } from './chapter.ts'

export function miscellaneousCalls(vm: Vm): Hostcalls {
  return {
    /** 1 for equal thread ids. */
    pthread_equal(first: number, second: number): number {
      vm.admit()
      return first === second ? 1 : 0
    },

    /** Nothing to do: memory views notice growth by themselves. */
    emscripten_notify_memory_growth(): void {
      vm.admitIf(vm.phase === Phase.Running || vm.phase === Phase.Start)
    },
  }
}
