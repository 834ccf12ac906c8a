/** `proxy_send_local_response`. */
import { Status } from '../abi/enums.ts'
import { addPairs, decodePairs } from '../abi/pairs.ts'
import { HeaderMap } from '../http/header-map.ts'
import { NameFlag } from '../http/names.ts'
import type { Vm } from '../plugin/vm.ts'
import { readByteString, readCopy } from '../vm/guest-memory.ts'
import { warnRefused, type Hostcalls } from './chapter.ts'
import { namesFault } from './header-checks.ts'

const LAST_GRPC_STATUS = 16
/** Work of a reply beyond the simplest hostcall. */
const REPLY_WORK = 16

export function localResponseCalls(vm: Vm): Hostcalls {
  return {
    /**
     * Answers the stream of the effective context when the callback has ended; without a stream nothing happens.
     * 2: a header that would split the response (Envoy writes it); 12: in on_log and on_done (Envoy crashes).
     */
    proxy_send_local_response(
      status: number,
      detailsAddress: number,
      detailsSize: number,
      bodyAddress: number,
      bodySize: number,
      headersAddress: number,
      headersSize: number,
      grpcStatus: number,
    ): number {
      vm.admit()
      const details = readByteString(vm.memory, detailsAddress, detailsSize)
      const body = readCopy(vm.memory, bodyAddress, bodySize)
      const bytes = vm.memory.u8()
      const start = headersAddress >>> 0
      const end = start + (headersSize >>> 0)
      if (details === null || body === null || end > bytes.length) return Status.InvalidMemoryAccess
      const stream = vm.effective!.http
      if (stream === null) return Status.Ok
      if (stream.ended) return refuseEnded(vm)
      vm.work(REPLY_WORK)
      const fields = decodePairs(bytes, start, end)
      const fault = namesFault(fields)
      if (fault !== null) {
        warnRefused(vm, fault)
        return Status.BadArgument
      }
      stream.sendLocalReply({
        status: status & 0xffff,
        details: details.replace(/[ \t\r\n]/g, '_'),
        body,
        headers: headersOf(fields),
        grpcStatus: grpcStatus >= 0 && grpcStatus <= LAST_GRPC_STATUS ? grpcStatus : -1,
      })
      return Status.Ok
    },
  }
}

function refuseEnded(vm: Vm): number {
  warnRefused(vm, 'proxy_send_local_response after the end of the stream')
  return Status.Unimplemented
}

function headersOf(fields: readonly string[]): HeaderMap | null {
  if (fields.length === 0) return null
  const map = new HeaderMap(NameFlag.JoinsInResponse)
  addPairs(map, fields)
  return map
}
