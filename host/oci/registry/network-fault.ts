/** What went wrong below HTTP, in words that lead on. */
import { SluiceError } from '../../errors.ts'
import { TransientFault } from './retry.ts'

/** Codes of OpenSSL and Node that mean: the certificate is not to be trusted. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS_CERT_ALTNAME/
/** An answer in plain text where TLS was spoken. */
const NOT_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE/
/** What another try does not cure. */
const LASTING = /ENOTFOUND|HPE_|UND_ERR_INVALID_ARG|UND_ERR_ABORTED/

/** The limit of the whole request is over: it was long enough for several tries. */
const TOO_LATE = 'TimeoutError'

/** A fault to throw: a `SluiceError` when it will stay, a `TransientFault` when another try may go well. */
export function networkFault(place: string, cause: unknown): Error {
  if (cause instanceof SluiceError || cause instanceof TransientFault) return cause
  const root = rootOf(cause)
  const { code: known } = root as NodeJS.ErrnoException
  // A DOMException has numbers, which say nothing.
  const code = typeof known === 'string' ? known : ''
  const detail = { path: place, seen: textOf(root, code), ...nextOf(code) }
  const error = new SluiceError('SLUICE_REGISTRY_NETWORK', messageOf(root, code), detail, cause)
  const isLasting = root.name === TOO_LATE || CERTIFICATE.test(code) || NOT_TLS.test(code) || LASTING.test(code)
  return isLasting ? error : new TransientFault(error)
}

function messageOf(root: Error, code: string): string {
  if (root.name === TOO_LATE || /TIMEOUT|ETIMEDOUT/.test(code)) return 'The registry took too long'
  return CERTIFICATE.test(code) ? 'The registry shows a certificate that is not trusted' : 'Cannot talk to the registry'
}

function nextOf(code: string): { next?: string } {
  if (CERTIFICATE.test(code)) return { next: '--ca-file names the authority that signed it' }
  return NOT_TLS.test(code) ? { next: '--plain-http is for registries without TLS' } : {}
}

function textOf(root: Error, code: string): string {
  return code === '' || root.message.includes(code) ? root.message : `${root.message} (${code})`
}

/** The innermost cause; of several tries to connect the last one. */
function rootOf(cause: unknown): Error {
  if (cause instanceof AggregateError && cause.errors.length > 0) return rootOf(cause.errors.at(-1))
  if (cause instanceof Error) return cause.cause instanceof Error ? rootOf(cause.cause) : cause
  return new Error(String(cause))
}
