/** TLS of a filter chain in one worker: makes accepted sockets secure. */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { DownstreamTlsConfig } from '../config/types.ts'
import type { ClientHello } from './client-hello.ts'
import { failureText, verifyFailureText, type OpensslError } from '../socket/tls-failure.ts'
import type { Certificate } from './certificate.ts'
import { chainErrorOf, finishHandshake } from './node-handle.ts'
import type { SecretStats } from './secret-stats.ts'
import type { TlsContext } from './tls-context.ts'
import { SecretUser } from './tls-secrets.ts'
import { PeerVerifier, type PeerVerdict } from './peer-verifier.ts'
import { ServerContexts } from './server-contexts.ts'
import { peerOf, TlsConnection } from './tls-connection.ts'
import type { TlsStats } from './tls-stats.ts'

/** Who waits for a handshake; exactly one of the two calls follows. */
export interface HandshakeOwner {
  /** The socket reads from when its `data` is listened to. */
  onSecure(socket: TLSSocket, info: TlsConnection): void
  /** The socket is gone or about to be. `reason` in Envoy's words, '' = the client has left. */
  onHandshakeFailed(reason: string, info: TlsConnection | null): void
}

const NO_HELLO: ClientHello = { serverName: '', protocols: [] }
const UNVERIFIED: PeerVerdict = { failure: '', isValid: false }
const NO_CERTIFICATE: PeerVerdict = { failure: verifyFailureText('no certificate'), isValid: false }

/** TLS of a filter chain, which may wait for its secrets. */
export class DownstreamTls {
  readonly #user: SecretUser<DownstreamTlsConfig, ServerTls>
  readonly #stats: SecretStats

  /** `secret`: of the process, so that all its workers resume each other's sessions. */
  constructor(config: DownstreamTlsConfig, { stats, secretStats, secrets }: TlsContext, secret: Uint8Array) {
    this.#user = new SecretUser(config, secrets, (complete) => new ServerTls(complete, stats, secret))
    this.#stats = secretStats
  }

  /** For a new connection; null = it has to end, which was counted. */
  get current(): ServerTls | null {
    const { current } = this.#user
    if (current === null) this.#stats.downstreamNotReady.add(1)
    return current
  }
}

/** What serves until secrets change. */
export class ServerTls {
  /** What the client asks for decides about its certificate or protocol. */
  readonly needsHello: boolean
  readonly #config: DownstreamTlsConfig
  readonly #stats: TlsStats
  readonly #contexts: ServerContexts
  readonly #verifier: PeerVerifier | null
  readonly #asksForCertificate: boolean

  constructor(config: DownstreamTlsConfig, stats: TlsStats, secret: Uint8Array) {
    this.needsHello = config.certificates.length > 1 || config.alpn.length > 0
    this.#config = config
    this.#stats = stats
    this.#contexts = new ServerContexts(config, secret)
    this.#verifier = config.validation === null ? null : new PeerVerifier(config.validation, stats)
    this.#asksForCertificate = config.requiresClientCertificate || asksFor(config)
  }

  /** `socket` is paused, with every byte of the client still to be read; `hello` null = nobody has looked. */
  start(socket: Socket, hello: ClientHello | null, owner: HandshakeOwner): TLSSocket {
    const { serverName, protocols } = hello ?? NO_HELLO
    const { alpn, requiresClientCertificate } = this.#config
    const { context, certificate } = this.#contexts.contextFor(serverName)
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: context,
      requestCert: this.#asksForCertificate,
      // Only a missing certificate ends the handshake inside of OpenSSL.
      rejectUnauthorized: requiresClientCertificate,
      // Without a common protocol Node would end the handshake, Envoy goes on without one.
      ...(protocols.some((one) => alpn.includes(one)) ? { ALPNProtocols: [...alpn] } : {}),
    })
    const handshake = new Handshake(secure, certificate, this.#stats, owner, (peer, error) => this.#judge(peer, error))
    handshake.begin()
    return secure
  }

  /** A session that was resumed without its certificate is none of a client that must have one. */
  #judge(peer: Certificate | null, chainError: string): PeerVerdict {
    if (peer !== null) return this.#verifier?.verify(peer, chainError) ?? UNVERIFIED
    return this.#config.requiresClientCertificate ? NO_CERTIFICATE : UNVERIFIED
  }
}

function asksFor({ validation }: DownstreamTlsConfig): boolean {
  if (validation === null) return false
  return validation.trustedCa !== null || validation.keyHashes.size > 0 || validation.certificateHashes.size > 0
}

type Judge = (peer: Certificate | null, chainError: string) => PeerVerdict

class Handshake {
  readonly #socket: TLSSocket
  /** What the client is shown; null = OpenSSL chooses. */
  readonly #shown: Certificate | null
  readonly #stats: TlsStats
  readonly #owner: HandshakeOwner
  readonly #judge: Judge
  #isOver = false

  constructor(socket: TLSSocket, shown: Certificate | null, stats: TlsStats, owner: HandshakeOwner, judge: Judge) {
    this.#socket = socket
    this.#shown = shown
    this.#stats = stats
    this.#owner = owner
    this.#judge = judge
  }

  begin(): void {
    this.#socket.on('secure', () => this.#onSecure())
    this.#socket.on('error', (error) => this.#onError(error))
    this.#socket.on('close', () => this.#fail('', null))
  }

  #onSecure(): void {
    const peer = peerOf(this.#socket)
    const verdict = this.#judge(peer, chainErrorOf(this.#socket))
    const info = new TlsConnection(this.#socket, peer, verdict.isValid, this.#shown)
    if (verdict.failure !== '') {
      this.#fail(verdict.failure, info)
      return void this.#socket.destroy()
    }
    this.#isOver = true
    finishHandshake(this.#socket)
    this.#stats.countHandshake(this.#socket)
    if (peer === null) this.#stats.noCertificate.add(1)
    this.#owner.onSecure(this.#socket, info)
  }

  #onError(error: OpensslError): void {
    const reason = failureText(error)
    if (this.#isOver) return
    if (reason.includes('PEER_DID_NOT_RETURN_A_CERTIFICATE')) this.#stats.failedNoCertificate.add(1)
    else if (reason !== '') this.#stats.connectionErrors.add(1)
    this.#fail(reason, null)
  }

  #fail(reason: string, info: TlsConnection | null): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#owner.onHandshakeFailed(reason, info)
  }
}
