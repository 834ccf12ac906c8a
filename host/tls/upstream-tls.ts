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
  #before: Resumable | null = null

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
    const before = this.#before
    const offered = alpn.length > 0 ? [...alpn] : protocol === '' ? [] : [protocol]
    const socket = connect({
      ...options,
      secureContext: this.#context,
      ...(sni === '' || isIP(sni) !== 0 ? {} : { servername: sni }),
      ...(offered.length === 0 ? {} : { ALPNProtocols: offered }),
      ...(before === null ? {} : { session: before.session }),
      // The verifier decides, below.
      rejectUnauthorized: false,
    })
    socket.on('secureConnect', () => this.#onSecure(socket, before, onSecure))
    socket.on(
      'error',
      ({ code = '' }: NodeJS.ErrnoException) => code.startsWith('ERR_SSL_') && this.#stats.connectionErrors.add(1),
    )
    return socket
  }

  #onSecure(socket: TLSSocket, before: Resumable | null, onSecure: (info: TlsConnection) => void): void {
    const shown = peerOf(socket)
    // Node does not keep the certificate with the session; it was judged when that began.
    const isKnown = shown === null && before !== null && socket.isSessionReused()
    const peer = isKnown ? before.peer : shown
    const { failure, isValid } = isKnown ? { failure: '', isValid: before.isValid } : this.#judge(socket, shown)
    if (failure !== '') {
      this.#before = null
      return void socket.destroy(new PeerRefused(failure))
    }
    this.#stats.countHandshake(socket)
    // Sessions come from here on: one of a refused endpoint would let it in the next time.
    if (this.#config.resumes) this.#keepSessions(socket, peer, isValid)
    onSecure(new TlsConnection(socket, peer, isValid))
  }

  /** That of TLS 1.2 has come with the handshake, those of TLS 1.3 follow it. */
  #keepSessions(socket: TLSSocket, peer: Certificate | null, isValid: boolean): void {
    const keep = (session: Buffer): void => void (this.#before = { session, peer, isValid })
    socket.on('session', keep)
    const now = socket.getProtocol() === 'TLSv1.3' ? undefined : socket.getSession()
    if (now !== undefined) keep(now)
  }

  #judge(socket: TLSSocket, peer: Certificate | null): PeerVerdict {
    if (this.#verifier === null) return { failure: '', isValid: false }
    if (peer === null) return { failure: verifyFailureText('no certificate'), isValid: false }
    const { verifiesName, sni } = this.#config
    return this.#verifier.verify(peer, chainErrorOf(socket), verifiesName ? sni : '')
  }
}

/** A session, and whose it is. */
interface Resumable {
  readonly session: Buffer
  readonly peer: Certificate | null
  readonly isValid: boolean
}
