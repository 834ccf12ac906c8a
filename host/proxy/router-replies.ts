/** What the router answers instead of an upstream (source/common/router/router.cc). */
import type { TerminalReply } from '../chain/terminal.ts'
import type { ResetReason } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import { ResponseFlag } from '../http/stream-info.ts'
import { resetBody, resetDetails, resetFlag, resetStatus } from '../route/reset-reply.ts'

/** An answer before the headers are known that every answer of the request gets. */
export type RouterReply = Omit<TerminalReply, 'headers'>

export const NO_ENDPOINT: RouterReply = {
  status: 503,
  body: 'no healthy upstream',
  details: 'no_healthy_upstream',
  flags: ResponseFlag.NoHealthyUpstream,
}

/** The request is too long to be sent again, and none of its attempts could go on. */
export const TOO_LONG_TO_RETRY: RouterReply = {
  status: 507,
  body: 'exceeded request buffer limit while retrying upstream',
  details: 'request_payload_exceeded_retry_buffer_limit',
  flags: 0,
}

export function noClusterReply(status: number): RouterReply {
  return { status, body: '', details: 'cluster_not_found', flags: ResponseFlag.NoClusterFound }
}

/** `details`: which time is over. */
export function timeoutReply(status: number, details: string): RouterReply {
  const body = status === 204 ? '' : 'upstream request timeout'
  return { status, body, details, flags: ResponseFlag.UpstreamRequestTimeout }
}

/** `transport`: what the connection saw, or ''. `hasAnswered`: the upstream had sent a head. */
export function resetReply(reason: ResetReason, transport: string, hasAnswered: boolean): RouterReply {
  const details = resetDetails(reason, transport, hasAnswered)
  return { status: resetStatus(reason), body: resetBody(reason), details, flags: resetFlag(reason) }
}

/** Headers of an answer; null = none. `attempts`: 0 = not told. */
export function replyHeaders(isOverloaded: boolean, attempts: number): HeaderMap | null {
  if (!isOverloaded && attempts === 0) return null
  const headers = new HeaderMap()
  if (isOverloaded) headers.push('x-envoy-overloaded', 'true')
  if (attempts > 0) headers.push('x-envoy-attempt-count', String(attempts))
  return headers
}
