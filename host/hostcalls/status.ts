/** The status of the last failed callout of the root context. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { giveText, giveU32, type Hostcalls } from './chapter.ts'

export function statusCalls(vm: Vm): Hostcalls {
  return {
    /** Code and message; 0 and empty in a stream. It keeps the last failure after a success, as in Envoy. */
    proxy_get_status(codeAt: number, addressAt: number, sizeAt: number): number {
      if (vm.phase !== 0) throw vm.restricted()
      const context = vm.effective!
      const own = context.stream === null
      const status = giveU32(vm, codeAt, own ? context.root.statusCode : Status.Ok)
      return status === Status.Ok ? giveText(vm, own ? context.root.statusMessage : '', addressAt, sizeAt) : status
    },
  }
}
