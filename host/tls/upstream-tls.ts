/** TLS towards the endpoints of a cluster, in one worker. */
import { isIP, Socket } from 'node:net'
import { connect, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls'
import type { UpstreamTlsConfig } from '../config/types.ts'
import { PeerRefused, verifyFailureText } from '../socket/tls-failure.ts'
import type { Certificate } from './certificate.ts'
import { chainErrorOf } from './node-handle.ts'
import { PeerVerifier, type PeerVerdict } from './peer-verifier.ts'
import { NO_SECRET, type SecretStats } from './secret-stats.ts'
import { makeSecureContext } from './secure-context.ts'
import type { TlsContext } from './tls-context.ts'
import { peerOf, TlsConnection } from './tls-connection.ts'
import { SecretUser } from './tls-secrets.ts'
import type { TlsStats } from './tls-stats.ts'

/** Longest name in a message of TLS. What OpenSSL notes of a longer one would end another connection of the thread. */
const MAX_SNI_BYTES = 255

/** The server of a request. */
export interface TlsServer {
  /** Server to ask for; '' = the one that is configured. */
  readonly sni: string
  /** Must be among the names of the certificate; null = nothing is said. */
  readonly name: string | null
}

/** TLS of a cluster, which may wait for its secrets. */
export class UpstreamTls {
  readonly #config: UpstreamTlsConfig
  readonly #user: SecretUser<UpstreamTlsConfig, ClientTls>
  readonly #stats: SecretStats

  constructor(config: UpstreamTlsConfig, { stats, secretStats, secrets }: TlsContext) {
    this.#config = config
    this.#user = new SecretUser(config, secrets, (complete) => new ClientTls(complete, stats))
    this.#stats = secretStats
  }

  /** The server to ask for at an endpoint of this name; null = the one that is configured. */
  serverOf(hostname: string): TlsServer | null {
    return this.#config.asksForEndpoint && hostname !== '' ? { sni: hostname, name: null } : null
  }

  /**
   * Connects; `secureConnect` comes when the endpoint was let in, else `error` and `close`. `protocol` is offered where the
   * configuration does not say what is; '' = none. `onSecure` is told before.
   */
  connect(options: ConnectionOptions, protocol: string, server: TlsServer | null, onSecure: OnSecure): Socket {
    const { current } = this.#user
    if (current !== null) return current.connect(options, protocol, server, onSecure)
    this.#stats.upstreamNotReady.add(1)
    return new Socket().destroy(new PeerRefused(NO_SECRET))
  }
}

/** What connects until secrets change: sessions that were let in by others let nobody in. */
class ClientTls {
  readonly #config: UpstreamTlsConfig
  readonly #stats: TlsStats
  readonly #context: SecureContext
  /** Null = certificates are not looked at. */
  readonly #verifier: PeerVerifier | null
  /** Of the connection before; all endpoints of the cluster are taken for one server, as Envoy does, unless they are named. */
  #before: Resumable | null = null

  constructor(config: UpstreamTlsConfig, stats: TlsStats) {
    this.#config = config
    this.#stats = stats
    this.#context = makeSecureContext(config, config.certificates)
    this.#verifier = config.validation === null ? null : new PeerVerifier(config.validation, stats)
  }

  connect(options: ConnectionOptions, protocol: string, server: TlsServer | null, onSecure: OnSecure): TLSSocket {
    const { alpn } = this.#config
    const target = this.#targetOf(server)
    const { sni } = target
    const before = this.#before !== null && isSameServer(this.#before.target, target) ? this.#before : null
    const isTooLong = Buffer.byteLength(sni) > MAX_SNI_BYTES
    const offered = alpn.length > 0 ? [...alpn] : protocol === '' ? [] : [protocol]
    const socket = connect({
      ...options,
      secureContext: this.#context,
      ...(sni === '' || isTooLong || isIP(sni) !== 0 ? {} : { servername: sni }),
      ...(offered.length === 0 ? {} : { ALPNProtocols: offered }),
      ...(before === null ? {} : { session: before.session }),
      // The verifier decides, below.
      rejectUnauthorized: false,
    })
    socket.on('secureConnect', () => this.#onSecure(socket, target, before, onSecure))
    socket.on(
      'error',
      ({ code = '' }: NodeJS.ErrnoException) => code.startsWith('ERR_SSL_') && this.#stats.connectionErrors.add(1),
    )
    if (isTooLong) socket.destroy(new PeerRefused(`Failed to set a server name of ${sni.length} bytes`))
    return socket
  }

  #onSecure(socket: TLSSocket, target: TlsServer, before: Resumable | null, onSecure: OnSecure): void {
    const shown = peerOf(socket)
    // Node does not keep the certificate with the session; it was judged when that began.
    const isKnown = shown === null && before !== null && socket.isSessionReused()
    const peer = isKnown ? before.peer : shown
    const { failure, isValid } = isKnown ? { failure: '', isValid: before.isValid } : this.#judge(socket, target, shown)
    if (failure !== '') {
      this.#before = null
      return void socket.destroy(new PeerRefused(failure))
    }
    this.#stats.countHandshake(socket)
    // Sessions come from here on: one of a refused endpoint would let it in the next time.
    if (this.#config.resumes) this.#keepSessions(socket, { target, peer, isValid })
    onSecure(new TlsConnection(socket, peer, isValid))
  }

  /** That of TLS 1.2 has come with the handshake, those of TLS 1.3 follow it. */
  #keepSessions(socket: TLSSocket, known: Omit<Resumable, 'session'>): void {
    const keep = (session: Buffer): void => void (this.#before = { ...known, session })
    socket.on('session', keep)
    const now = socket.getProtocol() === 'TLSv1.3' ? undefined : socket.getSession()
    if (now !== undefined) keep(now)
  }

  /** What is asked for and verified in the end. */
  #targetOf(server: TlsServer | null): TlsServer {
    if (server === null) return { sni: this.#config.sni, name: null }
    return { sni: server.sni === '' ? this.#config.sni : server.sni, name: server.name }
  }

  #judge(socket: TLSSocket, { sni, name }: TlsServer, peer: Certificate | null): PeerVerdict {
    const asked = this.#config.verifiesName ? sni : ''
    // As in Envoy, where nothing is verified no name is right.
    if (this.#verifier === null) return { failure: name === null ? '' : verifyFailureText(''), isValid: false }
    if (peer === null) return { failure: verifyFailureText('no certificate'), isValid: false }
    return this.#verifier.verify(peer, chainErrorOf(socket), asked, name)
  }
}

type OnSecure = (info: TlsConnection) => void

function isSameServer(one: TlsServer, other: TlsServer): boolean {
  return one.sni === other.sni && one.name === other.name
}

/** A session, and whose it is. */
interface Resumable {
  readonly target: TlsServer
  readonly session: Buffer
  readonly peer: Certificate | null
  readonly isValid: boolean
}
