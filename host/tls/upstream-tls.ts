/** TLS towards the endpoints of a cluster, in one worker. */
import { isIP } from 'node:net'
import { connect, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls'
import type { UpstreamTlsConfig } from '../config/types.ts'
import { PeerRefused, verifyFailureText } from '../socket/tls-failure.ts'
import type { Certificate } from './certificate.ts'
import { chainErrorOf } from './node-handle.ts'
import { PeerVerifier, type PeerVerdict } from './peer-verifier.ts'
import { makeSecureContext } from './secure-context.ts'
import { peerOf, TlsConnection } from './tls-connection.ts'
import type { TlsStats } from './tls-stats.ts'

export class UpstreamTls {
  readonly #config: UpstreamTlsConfig
  readonly #stats: TlsStats
  readonly #context: SecureContext
  readonly #verifier: PeerVerifier | null
  /** Of the connection before; all endpoints of the cluster are taken for one server, as Envoy does. */
  #session: Buffer | null = null

  constructor(config: UpstreamTlsConfig, stats: TlsStats) {
    this.#config = config
    this.#stats = stats
    this.#context = makeSecureContext(config, config.certificates)
    this.#verifier = config.validation === null ? null : new PeerVerifier(config.validation, stats)
  }

  /**
   * Connects; `secureConnect` comes when the endpoint was let in, else `error` and `close`. `protocol` is offered where the
   * configuration does not say what is; '' = none. `onSecure` is told before.
   */
  connect(options: ConnectionOptions, protocol: string, onSecure: (info: TlsConnection) => void): TLSSocket {
    const { alpn, sni } = this.#config
    const offered = alpn.length > 0 ? [...alpn] : protocol === '' ? [] : [protocol]
    const socket = connect({
      ...options,
      secureContext: this.#context,
      ...(sni === '' || isIP(sni) !== 0 ? {} : { servername: sni }),
      ...(offered.length === 0 ? {} : { ALPNProtocols: offered }),
      ...(this.#session === null ? {} : { session: this.#session }),
      // The verifier decides, below.
      rejectUnauthorized: false,
    })
    socket.on('secureConnect', () => this.#onSecure(socket, onSecure))
    socket.on(
      'error',
      ({ code = '' }: NodeJS.ErrnoException) => code.startsWith('ERR_SSL_') && this.#stats.connectionErrors.add(1),
    )
    if (this.#config.resumes) socket.on('session', (session: Buffer) => this.#keep(socket, session))
    return socket
  }

  #onSecure(socket: TLSSocket, onSecure: (info: TlsConnection) => void): void {
    const peer = peerOf(socket)
    const { failure, isValid } = this.#judge(socket, peer)
    if (failure !== '') {
      this.#session = null
      return void socket.destroy(new PeerRefused(failure))
    }
    this.#stats.countHandshake(socket)
    onSecure(new TlsConnection(socket, peer, isValid))
  }

  /** That of a refused endpoint would let it in the next time. */
  #keep(socket: TLSSocket, session: Buffer): void {
    if (!socket.destroyed) this.#session = session
  }

  /** Resumed sessions of TLS 1.3 show no certificate: theirs was judged when the session began. */
  #judge(socket: TLSSocket, peer: Certificate | null): PeerVerdict {
    if (this.#verifier === null || (peer === null && socket.isSessionReused()))
      return { failure: '', isValid: this.#verifier !== null }
    if (peer === null) return { failure: verifyFailureText('no certificate'), isValid: false }
    const { verifiesName, sni } = this.#config
    return this.#verifier.verify(peer, chainErrorOf(socket), verifiesName ? sni : '')
  }
}
