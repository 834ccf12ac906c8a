/**
 * Continuing and closing streams. Where Envoy sends a message twice, hangs or crashes, the host does not:
 *
 * - continue of the direction that the running callback decides on is the same as returning Continue;
 * - continue of a response that has not started is ignored with a warning;
 * - close in on_log and on_done is refused (12).
 */
import { Status, StreamType } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { warnRefused, type Hostcalls } from './chapter.ts'

export function streamCalls(vm: Vm): Hostcalls {
  return {
    /** 0 even when nothing is paused. 2: unknown type; 12: UPSTREAM. */
    proxy_continue_stream(type: number): number {
      vm.admit()
      if (type >>> 0 > StreamType.Upstream) return Status.BadArgument
      if (type === StreamType.Upstream) return Status.Unimplemented
      continueStream(vm, type as StreamType)
      return Status.Ok
    },

    /** ABI 0.1.0: as `proxy_continue_stream` of the direction. */
    proxy_continue_request(): number {
      vm.admit()
      continueStream(vm, StreamType.HttpRequest)
      return Status.Ok
    },

    proxy_continue_response(): number {
      vm.admit()
      continueStream(vm, StreamType.HttpResponse)
      return Status.Ok
    },

    /** ABI 0.1.0: always 0. Not needed after a header change: that forgets the route by itself. */
    proxy_clear_route_cache(): number {
      vm.admit()
      clearRouteCache(vm)
      return Status.Ok
    },

    /** Resets an HTTP stream, closes a connection. 2: unknown type; 12: the HTTP stream has ended. */
    proxy_close_stream(type: number): number {
      vm.admit()
      if (type >>> 0 > StreamType.Upstream) return Status.BadArgument
      return vm.effective!.stream?.closeStream(type as StreamType) ?? Status.Ok
    },
  }
}

/** Forgets the chosen route of the effective stream; without one nothing happens. */
export function clearRouteCache(vm: Vm): void {
  const stream = vm.effective!.http
  if (stream !== null && !stream.ended) stream.host.requestHeadersChanged()
}

function continueStream(vm: Vm, type: StreamType): void {
  const { stream, http } = vm.effective!
  if (type === StreamType.HttpResponse && http !== null && !http.responseStarted) {
    return warnRefused(vm, 'proxy_continue_stream(RESPONSE) before the response')
  }
  stream?.continueStream(type)
}
