/** Headers that a configuration adds to questions: their values may be made, although there is no client. */
import { HeaderMap } from '../../http/header-map.ts'
import { StreamInfo, type ConnectionInfo } from '../../http/stream-info.ts'
import { mutate, type CompiledChanges } from '../../route/header-mutations.ts'
import type { Clock } from '../../util/clock.ts'

const NOWHERE = '127.0.0.1:0'

/** Stands for the client. */
const NO_CLIENT: ConnectionInfo = {
  id: 0,
  remoteAddress: NOWHERE,
  remoteHost: '127.0.0.1',
  directRemoteAddress: NOWHERE,
  localAddress: NOWHERE,
  requestedServerName: '',
  tls: null,
  transportFailure: '',
  filterChainName: '',
  listenerDirection: 0,
  listenerMetadata: null,
  filterState: null,
}

const NO_REQUEST = new HeaderMap()

/** Changes the headers of a question. */
export function changeHeaders(headers: HeaderMap, changes: CompiledChanges, protocol: string, clock: Clock): void {
  const info = new StreamInfo(NO_CLIENT, clock.wallMillis(), clock.monotonicMillis())
  info.protocol = protocol
  mutate(headers, changes, { info, requestHeaders: NO_REQUEST, responseHeaders: null, responseTrailerMap: null })
}
