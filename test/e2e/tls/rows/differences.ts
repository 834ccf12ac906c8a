/** Where Envoy makes something else of a row, and why we do not follow it. */
import type { Difference } from '../row.ts'

/** Node judges a certificate when the handshake is over: there is no alert left to send. */
const NO_ALERT = 'the connection ends without an alert; the log says why'

function withoutAlert(number: number): Difference {
  return { reason: NO_ALERT, envoy: `alert ${number}`, parts: ['end'] }
}

const BAD_VERSION: Difference = { reason: NO_ALERT, envoy: '\x15\x03\x01\0\x02\x02F', parts: ['answer'] }
const IN_CLEAR: Difference = {
  reason: 'Envoy logs what its inspector made of a request in clear text; nothing has failed',
  parts: ['log'],
}
const REQUIRED = 'a certificate that is required is asked for, whatever it is verified against'

/** As Envoy's documentation says of tls_context. */
function resumed(envoy: string): Difference {
  return {
    reason: 'a resumed session is one of a client that was verified; Envoy takes it for not verified',
    envoy,
    parts: ['answer'],
  }
}

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'route/resumed-by-valid': resumed('200'),
  'route/resumed-by-both': resumed('200'),
  'route/resumed-by-invalid': resumed('201'),
  'route/resumed-by-shown-only': resumed('201'),
  'tls/two-certificates-upper-case': {
    reason: 'names of hosts compare without case (RFC 4343); Envoy shows its first certificate',
    parts: ['session', 'log'],
  },
  'tls/garbage': BAD_VERSION,
  'tls/garbage-with-inspector': BAD_VERSION,
  'verify/expired': withoutAlert(45),
  'verify/foreign': withoutAlert(48),
  'verify/foreign-1.2': withoutAlert(48),
  'verify/foreign-resumed': withoutAlert(48),
  'verify/foreign-resumed-1.2': withoutAlert(48),
  'verify/optional-foreign': withoutAlert(48),
  'secret/foreign': withoutAlert(48),
  'secret/combined-secret-only': withoutAlert(48),
  'secret/combined-san-none': withoutAlert(46),
  'verify/revoked': withoutAlert(44),
  'verify/uri-missing': withoutAlert(46),
  'verify/no-name-fits': withoutAlert(46),
  'verify/other-hash': withoutAlert(114),
  'verify/other-key-hash': withoutAlert(114),
  'verify/required-without-authority': { reason: REQUIRED, parts: ['log'] },
  'verify/required-without-authority-none': { reason: REQUIRED, envoy: '200', parts: ['answer', 'end', 'log'] },
  'upstream/header_verified y.w.test:1': {
    reason: 'a session that was let in by one name lets no other in',
    parts: ['answer'],
  },
  'chains/in-clear': IN_CLEAR,
  'chains/default': IN_CLEAR,
}
