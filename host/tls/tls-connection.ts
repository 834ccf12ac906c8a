/** What is known of a connection with TLS; made once per handshake, taken apart when something reads it. */
import type { TLSSocket } from 'node:tls'
import type { X509Certificate } from 'node:crypto'
import type { TlsInfo } from '../http/stream-info.ts'
import { Certificate } from './certificate.ts'

export class TlsConnection implements TlsInfo {
  readonly version: string
  readonly cipher: string
  readonly alpn: string
  readonly isPeerValid: boolean
  readonly peer: Certificate | null
  readonly local: Certificate | null

  /** The handshake is over. `local` null = only the handshake knows which certificate we have shown. */
  constructor(socket: TLSSocket, peer: Certificate | null, isPeerValid: boolean, local: Certificate | null = null) {
    this.version = socket.getProtocol() ?? ''
    this.cipher = socket.getCipher().name
    this.alpn = socket.alpnProtocol === false || socket.alpnProtocol === null ? '' : socket.alpnProtocol
    this.peer = peer
    this.isPeerValid = isPeerValid
    this.local = local ?? wrap(socket.getX509Certificate())
  }
}

/** The peer's certificate, or null when it showed none. */
export function peerOf(socket: TLSSocket): Certificate | null {
  return wrap(socket.getPeerX509Certificate())
}

function wrap(certificate: X509Certificate | undefined): Certificate | null {
  return certificate === undefined ? null : new Certificate(certificate)
}
