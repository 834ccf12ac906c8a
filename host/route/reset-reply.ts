/** What a client is told when the upstream side of its stream failed (source/common/router/router.cc, onUpstreamReset). */
import type { ResetReason } from '../http/codec.ts'
import { ResponseFlag } from '../http/stream-info.ts'

interface ResetText {
  /** As in the body of the answer. */
  readonly text: string
  readonly flag: number
  readonly status: number
}

/** `codec_error` is what our own writing of a request can cause; Envoy calls it a protocol error too. */
const RESETS: Readonly<Record<ResetReason, ResetText>> = {
  local_reset: { text: 'local reset', flag: 0, status: 503 },
  remote_reset: { text: 'remote reset', flag: ResponseFlag.UpstreamRemoteReset, status: 503 },
  remote_refused_stream_reset: {
    text: 'remote refused stream reset',
    flag: ResponseFlag.UpstreamRemoteReset,
    status: 503,
  },
  connect_error: { text: 'remote error with CONNECT request', flag: ResponseFlag.UpstreamRemoteReset, status: 503 },
  connection_termination: { text: 'connection termination', flag: ResponseFlag.UpstreamConnectionTermination, status: 503 },
  remote_connection_failure: { text: 'remote connection failure', flag: ResponseFlag.UpstreamConnectionFailure, status: 503 },
  local_connection_failure: { text: 'local connection failure', flag: ResponseFlag.UpstreamConnectionFailure, status: 503 },
  connection_timeout: { text: 'connection timeout', flag: ResponseFlag.UpstreamConnectionFailure, status: 503 },
  overflow: { text: 'overflow', flag: ResponseFlag.UpstreamOverflow, status: 503 },
  protocol_error: { text: 'protocol error', flag: ResponseFlag.UpstreamProtocolError, status: 502 },
  codec_error: { text: 'protocol error', flag: ResponseFlag.UpstreamProtocolError, status: 502 },
}

/** 502 for an answer that breaks the protocol, else 503. */
export function resetStatus(reason: ResetReason): number {
  return RESETS[reason].status
}

export function resetFlag(reason: ResetReason): number {
  return RESETS[reason].flag
}

export function resetBody(reason: ResetReason): string {
  return `upstream connect error or disconnect/reset before headers. reset reason: ${RESETS[reason].text}`
}

/** Response details; `transport` is what the connection saw, or ''. White space becomes `_`. */
export function resetDetails(reason: ResetReason, transport: string, responseStarted: boolean): string {
  const when = responseStarted ? 'after' : 'before'
  const cause = transport === '' ? RESETS[reason].text : `${RESETS[reason].text}|${transport}`
  return `upstream_reset_${when}_response_started{${cause}}`.replaceAll(/\s/g, '_')
}
