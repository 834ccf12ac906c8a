/** What clusters without a working endpoint answer, in the words of Envoy's router. */
import { ResponseFlag } from '../http/stream-info.ts'
import type { TerminalReply } from '../chain/terminal.ts'

const CONNECT_ERROR = 'upstream connect error or disconnect/reset before headers. reset reason: '

function reply(status: number, body: string, details: string, flags: number): TerminalReply {
  return { status, body, details, flags, headers: null }
}

export const CLUSTER_NOT_FOUND = reply(503, '', 'cluster_not_found', ResponseFlag.NoClusterFound)
export const NO_HEALTHY_UPSTREAM = reply(503, 'no healthy upstream', 'no_healthy_upstream', ResponseFlag.NoHealthyUpstream)
export const REFUSED = reply(
  503,
  `${CONNECT_ERROR}remote connection failure`,
  'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
  ResponseFlag.UpstreamConnectionFailure,
)
export const CLOSED = reply(
  503,
  `${CONNECT_ERROR}connection termination`,
  'upstream_reset_before_response_started{connection_termination}',
  ResponseFlag.UpstreamConnectionTermination,
)
export const TIMEOUT = reply(504, 'upstream request timeout', 'response_timeout', ResponseFlag.UpstreamRequestTimeout)
export const CUT_DETAILS = 'upstream_reset_after_response_started{connection_termination}'
