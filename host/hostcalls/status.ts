/** The status of the last failed callout of the root context. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { giveText, giveU32, type Hostcalls } from './chapter.ts'

export function statusCalls(vm: Vm): Hostcalls {
  return {
    /** Code and message, of the root in a stream too. They keep the last failure after a success, as in Envoy. */
    proxy_get_status(codeAt: number, addressAt: number, sizeAt: number): number {
      if (vm.phase !== 0) throw vm.restricted()
      const root = vm.effective!.root
      const status = giveU32(vm, codeAt, root.statusCode)
      return status === Status.Ok ? giveText(vm, root.statusMessage, addressAt, sizeAt) : status
    },
  }
}
