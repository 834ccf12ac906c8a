/** TLS towards the endpoints of a cluster, in one worker. */
import { isIP } from 'node:net'
import { connect, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls'
import type { UpstreamTlsConfig } from '../config/types.ts'
import { PeerRefused } from '../socket/tls-failure.ts'
import { chainErrorOf } from './node-handle.ts'
import { PeerVerifier } from './peer-verifier.ts'
import { makeSecureContext } from './secure-context.ts'
import { peerOf } from './tls-connection.ts'
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
   * configuration does not say what is; '' = none.
   */
  connect(options: ConnectionOptions, protocol: string): TLSSocket {
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
    socket.on('secureConnect', () => this.#onSecure(socket))
    socket.on(
      'error',
      ({ code = '' }: NodeJS.ErrnoException) => code.startsWith('ERR_SSL_') && this.#stats.connectionErrors.add(1),
    )
    if (this.#config.resumes) socket.on('session', (session: Buffer) => void (this.#session = session))
    return socket
  }

  #onSecure(socket: TLSSocket): void {
    const failure = this.#judge(socket)
    if (failure === '') return this.#stats.countHandshake(socket)
    this.#session = null
    socket.destroy(new PeerRefused(failure))
  }

  /** '' = the endpoint is let in. */
  #judge(socket: TLSSocket): string {
    if (this.#verifier === null) return ''
    const peer = peerOf(socket)
    const { verifiesName, sni } = this.#config
    return peer === null ? 'no certificate' : this.#verifier.verify(peer, chainErrorOf(socket), verifiesName ? sni : '').failure
  }
}
