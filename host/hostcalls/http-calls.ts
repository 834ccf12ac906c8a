/** Requests that a guest sends on its own. */
import { Status } from '../abi/enums.ts'
import { decodePairs } from '../abi/pairs.ts'
import { MAX_MILLIS } from '../abi/limits.ts'
import { HeaderMap } from '../http/header-map.ts'
import { canonicalName } from '../http/names.ts'
import { TOKEN } from '../http/tables.ts'
import type { Vm } from '../plugin/vm.ts'
import { isInside, readByteString, readCopy, writeU32 } from '../vm/guest-memory.ts'
import { warnRefused, type Hostcalls } from './chapter.ts'

/** Work of a callout beyond the simplest hostcall. */
const CALLOUT_WORK = 128

export function httpCalls(vm: Vm): Hostcalls {
  return {
    /**
     * Sends a request to a cluster for the root of the effective context; trailers are dropped, as in Envoy. 2:
     * unknown cluster, no `:method`, `:path` or `:authority` (or `host`), a timeout above 2^31 - 1, a request line
     * that would not be one (Envoy writes it); 10: cannot be sent, or too many wait; no callback follows.
     */
    proxy_http_call(
      clusterAddress: number,
      clusterSize: number,
      headersAddress: number,
      headersSize: number,
      bodyAddress: number,
      bodySize: number,
      trailersAddress: number,
      trailersSize: number,
      timeoutMillis: number,
      tokenAt: number,
    ): number {
      vm.admit()
      const memory = vm.memory
      const cluster = readByteString(memory, clusterAddress, clusterSize)
      const body = readCopy(memory, bodyAddress, bodySize)
      if (cluster === null || body === null || !isInside(memory, headersAddress, headersSize)) return Status.InvalidMemoryAccess
      if (!isInside(memory, trailersAddress, trailersSize)) return Status.InvalidMemoryAccess
      // Envoy writes a token of 0 before anything else may be refused.
      if (!writeU32(memory, tokenAt, 0)) return Status.InvalidMemoryAccess
      if (timeoutMillis >>> 0 > MAX_MILLIS || !vm.services.callouts.hasCluster(cluster)) return Status.BadArgument
      const headers = requestHeaders(vm, headersAddress >>> 0, headersSize >>> 0, body.length)
      if (headers === null) return Status.BadArgument
      const { root } = vm.effective!
      vm.work(CALLOUT_WORK)
      if (!root.hasCalloutRoom(body.length)) return vm.exceeded('callouts')
      const token = root.sendCallout({ cluster, headers, body: body.length === 0 ? null : body, timeoutMillis })
      if (token === null) return Status.InternalFailure
      writeU32(memory, tokenAt, token)
      return Status.Ok
    },
  }
}

/** The request's map, or null when it cannot be a request. */
function requestHeaders(vm: Vm, start: number, size: number, bodySize: number): HeaderMap | null {
  const fields = decodePairs(vm.memory.u8(), start, start + size)
  const headers = new HeaderMap()
  for (let i = 0; i < fields.length; i += 2) {
    const name = canonicalName(fields[i]!)
    headers.add(name === 'host' ? ':authority' : name, fields[i + 1]!)
  }
  const method = headers.get(':method')
  const path = headers.get(':path')
  if (method === null || path === null || !headers.has(':authority')) return null
  if (!isToken(method) || !isTarget(path)) {
    warnRefused(vm, 'proxy_http_call with a :method or :path that breaks the request line')
    return null
  }
  if (bodySize > 0) headers.set('content-length', String(bodySize))
  return headers
}

function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN[text.charCodeAt(i)] === 0) return false
  return text !== ''
}

/** Not empty, no blanks and no control characters. */
function isTarget(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i)
    if (byte <= 0x20 || byte === 0x7f) return false
  }
  return text !== ''
}
