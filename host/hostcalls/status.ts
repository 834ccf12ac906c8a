/** The status of the callout that has failed. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { giveText, giveU32, type Hostcalls } from './chapter.ts'

export function statusCalls(vm: Vm): Hostcalls {
  return {
    /** Code and message of the root's last failed callout; the message is there only in the callback that tells of it. */
    proxy_get_status(codeAt: number, addressAt: number, sizeAt: number): number {
      vm.admit()
      const { root } = vm.effective!
      const status = giveU32(vm, codeAt, root.statusCode)
      return status === Status.Ok ? giveText(vm, root.statusMessage, addressAt, sizeAt) : status
    },
  }
}
