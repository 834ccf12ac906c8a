/** What clusters without a working endpoint answer: the router's texts. */
import { ResponseFlag } from '../http/stream-info.ts'
import type { ResetReason } from '../http/codec.ts'
import type { TerminalReply } from '../chain/terminal.ts'
import { resetBody, resetDetails, resetFlag, resetStatus } from '../route/reset-reply.ts'

function reply(status: number, body: string, details: string, flags: number): TerminalReply {
  return { status, body, details, flags, headers: null }
}

/** The upstream side was reset before its answer began. */
function resetReply(reason: ResetReason, transport: string): TerminalReply {
  return reply(resetStatus(reason), resetBody(reason), resetDetails(reason, transport, false), resetFlag(reason))
}

export const CLUSTER_NOT_FOUND = reply(503, '', 'cluster_not_found', ResponseFlag.NoClusterFound)
export const NO_HEALTHY_UPSTREAM = reply(503, 'no healthy upstream', 'no_healthy_upstream', ResponseFlag.NoHealthyUpstream)
export const REFUSED = resetReply('remote_connection_failure', 'delayed_connect_error: Connection refused')
export const CLOSED = resetReply('connection_termination', '')
export const TIMEOUT = reply(504, 'upstream request timeout', 'response_timeout', ResponseFlag.UpstreamRequestTimeout)
/** The request cannot be written; `fault` says why. */
export function removedHeader(fault: string): TerminalReply {
  const details = `filter_removed_required_request_headers{${fault}}`.replaceAll(/\s/g, '_')
  return reply(503, fault, details, ResponseFlag.DownstreamProtocolError)
}

/** How an upstream gives an answer up: `reset` ends a stream of HTTP/2, but the whole connection of HTTP/1. */
export function cutReason(isHttp2: boolean): ResetReason {
  return isHttp2 ? 'remote_reset' : 'connection_termination'
}

export function cutDetails(isHttp2: boolean): string {
  return resetDetails(cutReason(isHttp2), '', true)
}

export function resetBeforeHead(isHttp2: boolean): TerminalReply {
  return resetReply(cutReason(isHttp2), '')
}
