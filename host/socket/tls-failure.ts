/**
 * Why a handshake failed, in the words of Envoy's logs. They hold the numbers and names of BoringSSL, so OpenSSL's are
 * translated where they mean the same; what has no counterpart stands under OpenSSL's own name.
 */

/** An error of OpenSSL as Node throws it. */
export interface OpensslError extends Error {
  /** `ERR_SSL_WRONG_VERSION_NUMBER`. */
  readonly code?: string
}

/** Of the SSL library, as BoringSSL packs them. */
const LIBRARY = 0x10000000
/** Alerts of the peer: their number is added. */
const ALERTS = 1000

/** BoringSSL's number and name by OpenSSL's name. */
const REASONS: ReadonlyMap<string, readonly [number, string]> = new Map<string, readonly [number, string]>([
  ['HTTP_REQUEST', [156, 'HTTP_REQUEST']],
  ['HTTPS_PROXY_REQUEST', [155, 'HTTPS_PROXY_REQUEST']],
  ['WRONG_VERSION_NUMBER', [247, 'WRONG_VERSION_NUMBER']],
  ['UNSUPPORTED_PROTOCOL', [240, 'UNSUPPORTED_PROTOCOL']],
  ['VERSION_TOO_LOW', [240, 'UNSUPPORTED_PROTOCOL']],
  ['NO_SHARED_CIPHER', [184, 'NO_SHARED_CIPHER']],
  [
    'PEER_DID_NOT_RETURN_A_CERTIFICATE',
    [192, 'PEER_DID_NOT_RETURN_A_CERTIFICATE:peer did not provide required client certificate'],
  ],
  ['PACKET_LENGTH_TOO_LONG', [146, 'EXCESSIVE_MESSAGE_SIZE']],
  ['NO_SUITABLE_KEY_SHARE', [266, 'NO_SHARED_GROUP']],
  ['UNEXPECTED_MESSAGE', [223, 'UNEXPECTED_MESSAGE']],
])
const VERIFY_FAILED = 125
const ALERT = /SSL alert number (\d+)/
/** BoringSSL's names of alerts. */
const ALERT_NAMES: ReadonlyMap<number, string> = new Map([
  [10, 'SSLV3_ALERT_UNEXPECTED_MESSAGE'],
  [20, 'SSLV3_ALERT_BAD_RECORD_MAC'],
  [40, 'SSLV3_ALERT_HANDSHAKE_FAILURE'],
  [42, 'SSLV3_ALERT_BAD_CERTIFICATE'],
  [43, 'SSLV3_ALERT_UNSUPPORTED_CERTIFICATE'],
  [44, 'SSLV3_ALERT_CERTIFICATE_REVOKED'],
  [45, 'SSLV3_ALERT_CERTIFICATE_EXPIRED'],
  [46, 'SSLV3_ALERT_CERTIFICATE_UNKNOWN'],
  [47, 'SSLV3_ALERT_ILLEGAL_PARAMETER'],
  [48, 'TLSV1_ALERT_UNKNOWN_CA'],
  [49, 'TLSV1_ALERT_ACCESS_DENIED'],
  [50, 'TLSV1_ALERT_DECODE_ERROR'],
  [51, 'TLSV1_ALERT_DECRYPT_ERROR'],
  [70, 'TLSV1_ALERT_PROTOCOL_VERSION'],
  [71, 'TLSV1_ALERT_INSUFFICIENT_SECURITY'],
  [80, 'TLSV1_ALERT_INTERNAL_ERROR'],
  [112, 'TLSV1_ALERT_UNRECOGNIZED_NAME'],
  [116, 'TLSV1_ALERT_CERTIFICATE_REQUIRED'],
  [120, 'TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
])

/** '' for an error that is not of TLS: the peer has left. */
export function failureText(error: OpensslError): string {
  const code = error.code ?? ''
  if (!code.startsWith('ERR_SSL_')) return ''
  const alert = Number(ALERT.exec(error.message)?.[1] ?? 0)
  const alertName = ALERT_NAMES.get(alert)
  if (alertName !== undefined) return text(ALERTS + alert, alertName)
  const name = code.slice('ERR_SSL_'.length)
  const [number, reason] = REASONS.get(name) ?? [0, name]
  return text(number, reason)
}

/** The peer's certificate was refused by us; `what` says why, '' = nobody can say. */
export function verifyFailureText(what: string): string {
  const why = what === '' ? '' : `:verify cert failed: ${what}`
  return text(VERIFY_FAILED, `CERTIFICATE_VERIFY_FAILED${why}`)
}

/** We have refused the peer; the message says why. */
export class PeerRefused extends Error {
  override readonly name = 'PeerRefused'
}

function text(number: number, reason: string): string {
  return `TLS_error:|${LIBRARY + number}:SSL routines:OPENSSL_internal:${reason}:TLS_error_end`
}
