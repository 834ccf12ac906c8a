/**
 * The form of answers that the proxy or a filter makes itself (source/common/http/utility.cc, prepareLocalReply):
 * given headers, content-length, content-type; a gRPC request is answered with trailers only.
 */
import { grpcStatusOf, isGrpcRequest } from '../hostcalls/grpc-status.ts'
import { HeaderMap } from '../http/header-map.ts'
import { NameFlag } from '../http/names.ts'
import { NO_BODY } from './reply.ts'
import type { Reply } from './reply.ts'

/** Headers of a local reply that its maker cannot give: they belong to the codec or to the reply itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection'])

/** What a reply needs of its stream. */
export interface RepliedStream {
  readonly requestHeaders: HeaderMap
  responseHeaders: HeaderMap | null
  /** Applies the header changes of the matched route, if any. */
  changeReplyHeaders(): void
}

/** Makes the head of the reply and hands it to the stream: the route's own changes, given headers, length and type. */
export function composeReply(reply: Reply, stream: RepliedStream): void {
  beginReply(reply, stream)
  describeReply(reply, stream)
}

/** The part of {@link composeReply} before length and type. */
export function beginReply(reply: Reply, stream: RepliedStream): void {
  const head = new HeaderMap(NameFlag.JoinsInResponse)
  stream.responseHeaders = head
  head.push(':status', String(reply.status))
  // An answer of the route table names its location first (router.cc, direct response).
  if (!reply.fromRoute) stream.changeReplyHeaders()
  if (reply.headers !== null) copyGiven(head, reply.headers)
  if (!reply.fromRoute) return
  stream.changeReplyHeaders()
  if (reply.contentType !== '') head.setInPlace('content-type', reply.contentType)
}

/** The rest of {@link composeReply}. */
export function describeReply(reply: Reply, stream: RepliedStream): void {
  const head = stream.responseHeaders!
  if (isGrpcRequest(stream.requestHeaders)) toTrailersOnly(head, reply)
  else if (mayHaveBody(reply.status)) describeBody(head, reply.body.length, reply.contentType)
}

/** The bytes that follow the head: none for HEAD, for gRPC, and where a body cannot be. */
export function replyBody(reply: Reply, request: HeaderMap): Buffer {
  const hasNone = !mayHaveBody(reply.status) || request.get(':method') === 'HEAD' || isGrpcRequest(request)
  return hasNone ? NO_BODY : reply.body
}

/** Without a body neither length nor type is named; the codec adds the length. */
function describeBody(head: HeaderMap, bytes: number, contentType: string): void {
  if (bytes === 0) return
  head.push('content-length', String(bytes))
  if (contentType !== '') head.setInPlace('content-type', contentType)
  else if (!head.has('content-type')) head.push('content-type', 'text/plain')
}

/** The status of the call — a given header, the given code, or derived from the HTTP status; the body becomes its message. */
function toTrailersOnly(head: HeaderMap, reply: Reply): void {
  const { status, grpcStatus, body } = reply
  head.setInPlace(':status', '200')
  head.setInPlace('content-type', 'application/grpc')
  const code = grpcStatus < 0 || grpcStatus > 16 ? grpcStatusOf(status) : grpcStatus
  if (!head.has('grpc-status')) head.push('grpc-status', String(code))
  if (body.length > 0) head.setInPlace('grpc-message', escapeGrpcMessage(body))
}

/** `grpc-message` (gRPC over HTTP/2, "Percent-Encoded"); Envoy also escapes `~`. */
export function escapeGrpcMessage(body: Uint8Array): string {
  let text = ''
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!
    const isPlain = byte >= 0x20 && byte < 0x7e && byte !== 0x25
    text += isPlain ? String.fromCharCode(byte) : `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
  }
  return text
}

/** False for statuses whose message never has a body (RFC 9110, 6.4.1): a body would be read as the next response. */
export function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}

/** Response details hold no blanks: log lines are split at them. */
export function detailsText(text: string): string {
  return /[ \t\r\n]/.test(text) ? text.replace(/[ \t\r\n]/g, '_') : text
}

function copyGiven(head: HeaderMap, given: HeaderMap): void {
  const fields = given.fields
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (name.charCodeAt(0) !== 0x3a && !OWN_HEADERS.has(name)) head.push(name, fields[i + 1]!)
  }
}
