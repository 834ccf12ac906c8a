/** gRPC calls and streams of a guest. */
import { Status } from '../abi/enums.ts'
import { MAX_PENDING_CALLOUTS } from '../abi/limits.ts'
import { decodePairs } from '../abi/pairs.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { GrpcExchange } from '../plugin/grpc-exchange.ts'
import { TokenKind, tokenKindOf } from '../plugin/token-counter.ts'
import type { Vm } from '../plugin/vm.ts'
import { isInside, readByteString, readCopy, writeU32 } from '../vm/guest-memory.ts'
import { warnRefused, type Hostcalls } from './chapter.ts'
import { grpcRequestHead } from './grpc-request.ts'
import { grpcTargetOf, type GrpcTarget } from './grpc-target.ts'

/** What Envoy's own gRPC client says when it cannot connect, and its status (13). */
const GOOGLE_FAILURE = 13
/** Work of a call beyond the simplest hostcall. */
const CALLOUT_WORK = 128
/** UNAVAILABLE, for a message that names a cluster which does not exist. */
const UNAVAILABLE = 14

export function grpcCalls(vm: Vm): Hostcalls {
  return {
    /**
     * One message there, one back. 4: no cluster of that name; 2: an empty target, or a name that happens to be a
     * message without one (Envoy aborts), or a target with retries; 10: it could not be sent, and
     * is closed later, or too many run.
     */
    proxy_grpc_call(
      targetAddress: number,
      targetSize: number,
      serviceAddress: number,
      serviceSize: number,
      methodAddress: number,
      methodSize: number,
      metadataAddress: number,
      metadataSize: number,
      messageAddress: number,
      messageSize: number,
      timeoutMillis: number,
      tokenAt: number,
    ): number {
      vm.admit()
      const { memory } = vm
      const target = readCopy(memory, targetAddress, targetSize)
      const path = readPath(vm, serviceAddress, serviceSize, methodAddress, methodSize)
      const metadata = readMetadata(vm, metadataAddress, metadataSize)
      const message = readCopy(memory, messageAddress, messageSize)
      if (target === null || path === null || metadata === null || message === null) return Status.InvalidMemoryAccess
      if (!isInside(memory, tokenAt, 4)) return Status.InvalidMemoryAccess
      return start(vm, target, path, metadata, tokenAt, { message, timeoutMillis: timeoutMillis >>> 0 })
    },

    /** Messages in both directions until both sides are closed. Statuses as above. */
    proxy_grpc_stream(
      targetAddress: number,
      targetSize: number,
      serviceAddress: number,
      serviceSize: number,
      methodAddress: number,
      methodSize: number,
      metadataAddress: number,
      metadataSize: number,
      tokenAt: number,
    ): number {
      vm.admit()
      const target = readCopy(vm.memory, targetAddress, targetSize)
      const path = readPath(vm, serviceAddress, serviceSize, methodAddress, methodSize)
      const metadata = readMetadata(vm, metadataAddress, metadataSize)
      if (target === null || path === null || metadata === null) return Status.InvalidMemoryAccess
      return isInside(vm.memory, tokenAt, 4) ? start(vm, target, path, metadata, tokenAt, null) : Status.InvalidMemoryAccess
    },

    /** A message on a stream; without effect once it is closed. 2: a token that is not of a stream; 1: unknown. */
    proxy_grpc_send(token: number, messageAddress: number, messageSize: number, endStream: number): number {
      vm.admit()
      const message = readCopy(vm.memory, messageAddress, messageSize)
      if (message === null) return Status.InvalidMemoryAccess
      if (tokenKindOf(token) !== TokenKind.GrpcStream) return Status.BadArgument
      const exchange = find(vm, token)
      if (exchange === null) return Status.NotFound
      exchange.send(message, endStream !== 0)
      return Status.Ok
    },

    /** No callback follows. 2: a token of another kind; 1: unknown. */
    proxy_grpc_cancel(token: number): number {
      vm.admit()
      if (!isGrpc(token)) return Status.BadArgument
      const exchange = find(vm, token)
      if (exchange === null) return Status.NotFound
      cancel(vm, exchange)
      return Status.Ok
    },

    /** Ends our side of a stream, cancels a call. 2: a token of another kind; 1: unknown. */
    proxy_grpc_close(token: number): number {
      vm.admit()
      if (!isGrpc(token)) return Status.BadArgument
      const exchange = find(vm, token)
      if (exchange === null) return Status.NotFound
      if (exchange.isCall) cancel(vm, exchange)
      else closeStream(vm, exchange)
      return Status.Ok
    },
  }
}

/** The message of a call; a stream starts without one. */
interface CallRequest {
  readonly message: Buffer
  readonly timeoutMillis: number
}

interface GrpcPath {
  readonly service: string
  readonly method: string
}

function readPath(vm: Vm, serviceAt: number, serviceSize: number, methodAt: number, methodSize: number): GrpcPath | null {
  const service = readByteString(vm.memory, serviceAt, serviceSize)
  const method = readByteString(vm.memory, methodAt, methodSize)
  return service === null || method === null ? null : { service, method }
}

function readMetadata(vm: Vm, address: number, size: number): string[] | null {
  const from = address >>> 0
  return isInside(vm.memory, address, size) ? decodePairs(vm.memory.u8(), from, from + (size >>> 0)) : null
}

function start(vm: Vm, bytes: Buffer, path: GrpcPath, metadata: string[], tokenAt: number, call: CallRequest | null): number {
  const calls = vm.effective!.root.grpc
  vm.work(CALLOUT_WORK)
  if (calls.size >= MAX_PENDING_CALLOUTS) return vm.exceeded('grpc_callouts')
  const target = grpcTargetOf(bytes)
  if (target === 'google') return startGoogle(vm, tokenAt, call !== null)
  if ('refused' in target) {
    warnRefused(vm, target.refused)
    return Status.BadArgument
  }
  const { callouts } = vm.services
  const isKnown = callouts.hasCluster(target.cluster)
  if (!isKnown && !target.isMessage) return Status.ParseFailure
  const exchange = calls.add(call !== null, target.maxMessageBytes)
  if (isKnown)
    send(vm, exchange, target, grpcRequestHead(target, path.service, path.method, metadata, call?.timeoutMillis ?? null), call)
  else exchange.fail(UNAVAILABLE, 'Cluster not available')
  if (exchange.isRemoteClosed) {
    calls.forget(exchange)
    return Status.InternalFailure
  }
  writeU32(vm.memory, tokenAt, exchange.token)
  return Status.Ok
}

/** Envoy's own client takes every address and cannot reach it in any that has no credentials. */
function startGoogle(vm: Vm, tokenAt: number, isCall: boolean): number {
  const exchange = vm.effective!.root.grpc.add(isCall, Infinity)
  writeU32(vm.memory, tokenAt, exchange.token)
  exchange.fail(GOOGLE_FAILURE, '')
  return Status.Ok
}

function send(vm: Vm, exchange: GrpcExchange, target: GrpcTarget, head: HeaderMap, call: CallRequest | null): void {
  const { cluster, isMarkedInternal } = target
  const stream = vm.services.callouts.open({ cluster, isMarkedInternal, timeoutMillis: call?.timeoutMillis ?? 0 }, exchange)
  if (exchange.start(stream, head) && call !== null) exchange.send(call.message, true)
}

function isGrpc(token: number): boolean {
  const kind = tokenKindOf(token)
  return kind === TokenKind.GrpcCall || kind === TokenKind.GrpcStream
}

function find(vm: Vm, token: number): GrpcExchange | null {
  return vm.effective!.root.grpc.get(token >>> 0)
}

function cancel(vm: Vm, exchange: GrpcExchange): void {
  exchange.cancel()
  vm.effective!.root.grpc.forget(exchange)
}

/** The token of a stream is known until both sides are closed. */
function closeStream(vm: Vm, exchange: GrpcExchange): void {
  exchange.closeLocal()
  if (exchange.isRemoteClosed) vm.effective!.root.grpc.forget(exchange)
}
