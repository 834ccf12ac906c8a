/** Imports that toolchains and Envoy add to the specification's. */
import { Status } from '../abi/enums.ts'
import { Phase, type Vm } from '../plugin/vm.ts'
import type { Hostcalls } from './chapter.ts'

export function miscellaneousCalls(vm: Vm): Hostcalls {
  return {
    /** 1 for equal thread ids. */
    pthread_equal(first: number, second: number): number {
      if (vm.phase !== 0) throw vm.restricted()
      return first === second ? 1 : 0
    },

    /** Nothing to do: memory views notice growth by themselves. */
    emscripten_notify_memory_growth(): void {
      if (vm.phase !== Phase.Running && vm.phase !== Phase.Start) throw vm.restricted()
    },

    /** 2: the host resolves no names for guests. */
    envoy_resolve_dns(): number {
      if (vm.phase !== 0) throw vm.restricted()
      return Status.BadArgument
    },
  }
}
