/**
 * A request that begins anew with another head, in a stream of its own: an upstream has redirected it
 * (source/common/http/conn_manager_impl.cc, recreateStream). The stream before ends as if it were answered.
 */
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { RequestReceiver, ServerStream } from '../http/codec.ts'
import type { StreamInfo } from '../http/stream-info.ts'

/** What of a stream the next one needs. */
interface RestartingStream extends RequestReceiver {
  readonly info: StreamInfo
  readonly server: ServerStream
  downstreamBlocked: boolean
}

/** What `next` takes over before the request is delivered to it; `status` is that of the redirect. */
export function handOver(stream: RestartingStream, next: RestartingStream, status: number): void {
  const { info, server } = stream
  info.responseCode = status
  info.responseCodeDetails = 'internal_redirect'
  next.info.redirects = info.redirects
  // As in Envoy: what has come stands in front of what is delivered.
  next.info.bytesReceived = info.bytesReceived
  next.downstreamBlocked = stream.downstreamBlocked
  server.handOver(next)
}

/** Delivers the request, whose trailers are lost as in Envoy. */
export function deliver(headers: HeaderMap, body: BodyBuffer, receiver: RequestReceiver): void {
  const { chunks } = body
  receiver.head(headers, chunks.length === 0)
  for (let i = 0; i < chunks.length; i++) {
    const { buffer, byteOffset, length } = chunks[i]!
    receiver.data(Buffer.from(buffer, byteOffset, length), 0, length, i === chunks.length - 1)
  }
}
