/** The head of a gRPC request, as Envoy's client writes it (source/common/grpc/common.cc, prepareHeaders). */
import { HeaderMap } from '../http/header-map.ts'
import { canonicalName } from '../http/names.ts'
import type { GrpcTarget } from './grpc-target.ts'

/** Most digits of a timeout (gRPC over HTTP/2, "TimeoutValue"). */
const MAX_TIMEOUT = 99_999_999

/** `timeoutMillis` = null for a request without one. `metadata` alternates name and value. */
export function grpcRequestHead(
  target: GrpcTarget,
  service: string,
  method: string,
  metadata: readonly string[],
  timeoutMillis: number | null,
): HeaderMap {
  const head = new HeaderMap()
  head.push(':method', 'POST')
  head.push(':path', `/${service}/${method}`)
  head.push(':authority', target.authority)
  head.push(':scheme', 'http')
  head.push('te', 'trailers')
  if (timeoutMillis !== null) head.push('grpc-timeout', timeoutText(timeoutMillis))
  head.push('content-type', 'application/grpc')
  addMetadata(head, target.metadata)
  addMetadata(head, metadata)
  return head
}

/** Binary metadata travels in base64; a field without a name is left out. */
function addMetadata(head: HeaderMap, metadata: readonly string[]): void {
  for (let i = 0; i < metadata.length; i += 2) {
    const name = canonicalName(metadata[i]!)
    const value = metadata[i + 1]!
    if (name === '') continue
    head.add(
      name === 'host' ? ':authority' : name,
      name.endsWith('-bin') ? Buffer.from(value, 'latin1').toString('base64') : value,
    )
  }
}

export function timeoutText(millis: number): string {
  return millis <= MAX_TIMEOUT ? `${millis}m` : `${Math.floor(millis / 1000)}S`
}
