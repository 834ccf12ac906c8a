/** Rows whose difference from Envoy only a whole proxy shows; those of the corpus stand there. */
import type { Difference, Part, Verdict } from '../row.ts'

function differs(parts: readonly Part[], envoy: Partial<Verdict>, reason: string): Difference {
  return { reason, envoy, parts }
}

const UNREAD: Difference = differs(
  ['fate'],
  { fate: 'reset' },
  'what the client still sends is read and dropped, so that a reset cannot take the answer away',
)
const TUNNEL_ENDS = 'either side may end its half of a tunnel; Envoy logs that as a failure'
const NOT_FINAL = 'a status below 200 is no final answer (RFC 9110, 15): what follows on the connection is not trusted'
const REFUSED_UPGRADE = 'an upstream may ignore Upgrade (RFC 9110, 7.8); its answer is passed and its connection used again'

/** By row. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'request/trailers-encoding': differs(['upstream'], {}, 'what frames a message has no place among trailers (RFC 9110, 6.5.1)'),
  'request/http2-settings': differs(['upstream'], {}, 'a field of the connection (RFC 7540, 3.2.1) goes no further'),
  'answer/status-0': differs(['upstream'], {}, NOT_FINAL),
  'answer/status-99': differs(['upstream'], {}, NOT_FINAL),
  'answer/101-unasked': differs(['upstream'], {}, NOT_FINAL),
  'answer/status-99999': differs(
    ['answer', 'upstream', 'log'],
    { status: 34463, details: 'via_upstream', flags: '-' },
    'Envoy forwards it modulo 65536',
  ),
  'answer/length-above-2^53': differs(
    ['answer', 'fate', 'upstream', 'log'],
    { status: 200, details: 'downstream_remote_disconnect', flags: 'DC', fate: 'waits' },
    'a number in JavaScript is exact up to 2^53 - 1, which is 8 PiB',
  ),
  'upstream/close-in-request': UNREAD,
  'upstream/reset-in-request': UNREAD,
  'upstream/answer-in-request': UNREAD,
  'upstream/answer-in-chunked-request': UNREAD,
  'upstream/early-error-and-close': UNREAD,
  'pipeline/early-reply-then-rest': UNREAD,
  'expect/local-reply': UNREAD,
  'upstream/bad-chunk-with-good': differs(
    ['answer', 'log'],
    {},
    'good chunks are passed on however the bytes arrive; Envoy drops those that came in one read with the bad one',
  ),
  'upstream/reset-until-close': differs(
    ['answer', 'fate', 'log'],
    { details: 'via_upstream', flags: '-', fate: 'kept' },
    'a reset is no end of a body: the client would take a part for the whole',
  ),
  'pipeline/local-replies': differs(
    ['answer', 'fate', 'upstream', 'log'],
    { fate: 'closed later' },
    'Envoy ends a connection with more than two answers of its own at once; here the next request waits for the answer before it',
  ),
  'timeout/connection-idle': differs(
    ['fate'],
    { fate: 'kept' },
    'Envoy waits for its drain timeout as well, as HTTP/2 needs it; an idle HTTP/1 connection may end at once (RFC 9112, 9.5)',
  ),
  'upgrade/accepted': differs(['log'], { details: 'downstream_remote_disconnect', flags: 'DC' }, TUNNEL_ENDS),
  'connect/accepted': differs(['log'], { details: 'downstream_remote_disconnect', flags: 'DC' }, TUNNEL_ENDS),
  'connect/data-with-request': differs(['log'], { details: 'downstream_remote_disconnect', flags: 'DC' }, TUNNEL_ENDS),
  'upgrade/data-with-request': differs(['log'], { details: 'downstream_remote_disconnect', flags: 'DC' }, TUNNEL_ENDS),
  ...Object.fromEntries(
    [
      'upgrade/upstream-ends',
      'upgrade/with-length-zero',
      'upgrade/listed',
      'casing/upgrade',
      'connect/upstream-ends',
      'connect/other-host',
    ].map((id) => [
      id,
      differs(
        ['fate', 'log'],
        { details: 'upstream_reset_after_response_started{connection_termination}', flags: 'UC', fate: 'closed later' },
        TUNNEL_ENDS,
      ),
    ]),
  ),
  'connect/answer-with-length': differs(
    ['answer', 'fate', 'log'],
    { details: 'upstream_reset_after_response_started{connection_termination}', flags: 'UC', fate: 'reset' },
    'an answer that opens a tunnel has no length (RFC 9110, 9.3.6)',
  ),
  'upgrade/refused-by-upstream': differs(
    ['answer', 'upstream', 'log'],
    { details: 'websocket_handshake_unsuccessful' },
    REFUSED_UPGRADE,
  ),
  'upgrade/refused-403': differs(['upstream'], {}, REFUSED_UPGRADE),
  'expect/http-1.0': differs(['answer'], {}, 'HTTP/1.0 knows no interim answers (RFC 9110, 10.1.1)'),
}
