/**
 * gRPC callouts. The host has no gRPC client: every cluster is unknown to it (4, as Envoy answers for one that it
 * does not know), so there is no token that the other calls could know.
 */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import type { Hostcalls } from './chapter.ts'

const KIND_MASK = 3
const CALL = 1
const STREAM = 2

export function grpcCalls(vm: Vm): Hostcalls {
  const unknownCluster = (): number => {
    if (vm.phase !== 0) throw vm.restricted()
    return Status.ParseFailure
  }
  /** 2: a token of another kind; 1: unknown. */
  const unknownToken = (token: number): number => {
    if (vm.phase !== 0) throw vm.restricted()
    const kind = token & KIND_MASK
    return kind === CALL || kind === STREAM ? Status.NotFound : Status.BadArgument
  }
  return {
    proxy_grpc_call: unknownCluster,
    proxy_grpc_stream: unknownCluster,
    proxy_grpc_cancel: unknownToken,
    proxy_grpc_close: unknownToken,
    /** 2: a token that is not of a stream; 1: unknown. */
    proxy_grpc_send(token: number): number {
      if (vm.phase !== 0) throw vm.restricted()
      return (token & KIND_MASK) === STREAM ? Status.NotFound : Status.BadArgument
    },
  }
}
