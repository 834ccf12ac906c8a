/**
 * What happens to an accepted socket before its filter chain has it: a PROXY header and the hello of a client of TLS are
 * read, a chain is chosen, TLS shakes hands.
 *
 *   header ──▶ hello ──▶ chain ──▶ hello for TLS ──▶ handshake ──▶ admitted
 *      └─ refused, left, timed out, no chain: the connection ends here
 *
 * Nothing is taken off the socket that the next one needs: bytes that were looked at are put back.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { readByEvents, type SocketRead } from '../socket/read-buffer.ts'
import { resetSocket } from '../socket/reset-socket.ts'
import { withSharedReads, withSharedSecureReads } from '../socket/accepted-socket.ts'
import { readClientHello, type ClientHello } from '../tls/client-hello.ts'
import type { HandshakeOwner, ServerTls } from '../tls/downstream-tls.ts'
import { NO_SECRET } from '../tls/secret-stats.ts'
import type { TlsConnection } from '../tls/tls-connection.ts'
import type { Timer } from '../util/timers.ts'
import { addressesOf, factsOf, type Addresses } from './connection-info.ts'
import type { Listener, ListenerChain } from './listener.ts'
import { readProxyHeader } from './proxy-header.ts'

/** How an admission ended; what is known by then goes into the log. */
export interface AdmissionOwner {
  /** A chain was chosen; its connection counts from now on. */
  onChain(chain: ListenerChain): void
  /** `open` hands the socket over. */
  onAdmitted(admission: Admission, open: (onread: SocketRead) => Socket): void
  /** The socket is gone. */
  onRefused(admission: Admission): void
}

/** What an optional hello may have at most, bytes. */
const MAX_HELLO = 16384
const NOTHING = Buffer.alloc(0)

type State = 'header' | 'hello' | 'tls hello' | 'handshake' | 'over'

export class Admission implements HandshakeOwner {
  readonly #socket: Socket
  readonly #listener: Listener
  readonly #owner: AdmissionOwner
  #timer: Timer | null = null
  readonly #onData = (chunk: Buffer): void => this.#take(chunk)
  readonly #onEnd = (): void => this.#onLeft()
  #state: State = 'header'
  #bytes: Buffer = NOTHING
  #hello: ClientHello | null = null
  #transport: 'tls' | 'raw_buffer' = 'raw_buffer'
  /** Of the chain, with the secrets that it has at the moment. */
  #tls: ServerTls | null = null
  #secure: TLSSocket | null = null
  /** From a PROXY header where there was one. */
  addresses: Addresses
  readonly directAddresses: Addresses
  chain: ListenerChain | null = null
  tls: TlsConnection | null = null
  transportFailure = ''
  terminationDetails = ''

  constructor(socket: Socket, listener: Listener, owner: AdmissionOwner) {
    this.#socket = socket
    this.#listener = listener
    this.#owner = owner
    this.addresses = this.directAddresses = addressesOf(socket, listener.config)
  }

  get chainName(): string {
    return this.chain?.config.name ?? ''
  }

  /** Server that the client asks for, if the listener looks. */
  get requestedServerName(): string {
    return this.#listener.config.tlsInspector === null ? '' : (this.#hello?.serverName ?? '')
  }

  start(): void {
    const { config } = this.#listener
    if (config.proxyProtocol === null && config.tlsInspector === null) return this.#chooseChain()
    this.#watch()
    this.#arm(config.filtersTimeout)
    this.#read()
  }

  /** Ends it, whatever it waits for. */
  close(): void {
    this.#refuse()
  }

  /** From here on it is not done at once. */
  #watch(): void {
    if (this.#socket.listenerCount('close', this.#onEnd) > 0) return
    this.#socket.on('error', ignore).on('close', this.#onEnd)
  }

  #read(): void {
    this.#socket.on('data', this.#onData)
    this.#socket.on('end', this.#onEnd)
    this.#socket.resume()
  }

  #take(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    if (this.#state === 'header') this.#readHeader()
    if (this.#state === 'hello') this.#readHello()
    if (this.#state === 'tls hello') this.#readTlsHello()
  }

  #readHeader(): void {
    const config = this.#listener.config.proxyProtocol
    const stats = this.#listener.stats.proxyProtocol
    const result = config === null ? 'none' : readProxyHeader(this.#bytes)
    if (result === 'more') return
    if (config === null || (result === 'none' && config.isOptional)) {
      if (config !== null) stats.notFoundAllowed.add(1)
      return this.#afterHeader()
    }
    if (result === 'none') stats.notFoundDisallowed.add(1)
    else if (typeof result === 'number') stats.errors[result - 1]!.add(1)
    if (result === 'none' || typeof result === 'number') return this.#reset()
    stats.found[result.version - 1]!.add(1)
    this.#bytes = this.#bytes.subarray(result.length)
    this.addresses = result.addresses ?? this.addresses
    this.#afterHeader()
  }

  #afterHeader(): void {
    if (this.#listener.config.tlsInspector === null) return this.#chooseChain()
    this.#state = 'hello'
    if (this.#bytes.length > 0) this.#readHello()
  }

  #readHello(): void {
    const { maxHelloSize, closesOnError } = this.#listener.config.tlsInspector!
    const { inspector } = this.#listener.stats
    const result = readClientHello(this.#bytes, maxHelloSize)
    if (result === 'more') return
    if (result === 'bad' && closesOnError) return this.#reset()
    if (result === 'none' || result === 'bad') inspector.notFound.add(1)
    else {
      this.#hello = result
      this.#transport = 'tls'
      inspector.count(result)
    }
    this.#chooseChain()
  }

  #chooseChain(): void {
    this.#timer?.stop()
    const facts = factsOf(this.addresses, this.directAddresses, this.#hello, this.#transport)
    const chain = this.#listener.chains.choose(facts)
    if (chain === null) {
      this.#listener.stats.noChain.add(1)
      return this.#refuse()
    }
    this.chain = chain
    this.#owner.onChain(chain)
    if (chain.tls === null) return this.#admit()
    this.#tls = chain.tls.current
    if (this.#tls === null) {
      this.transportFailure = NO_SECRET
      return this.#refuse()
    }
    this.#watch()
    this.#arm(chain.config.handshakeTimeout)
    if (!this.#tls.needsHello || this.#hello !== null) return this.#shakeHands(this.#hello)
    this.#state = 'tls hello'
    if (this.#socket.listenerCount('data') === 0) this.#read()
    if (this.#bytes.length > 0) this.#readTlsHello()
  }

  /** The listener does not look, but the certificate depends on what it would see. */
  #readTlsHello(): void {
    const result = readClientHello(this.#bytes, MAX_HELLO)
    if (result === 'more') return
    this.#shakeHands(typeof result === 'string' ? null : result)
  }

  #shakeHands(hello: ClientHello | null): void {
    this.#state = 'handshake'
    this.#stopReading()
    this.#secure = this.#tls!.start(this.#socket, hello, this)
  }

  onSecure(socket: TLSSocket, info: TlsConnection): void {
    this.#timer?.stop()
    this.#state = 'over'
    this.tls = info
    this.#owner.onAdmitted(this, (onread) => withSharedSecureReads(socket, onread))
  }

  onHandshakeFailed(reason: string, info: TlsConnection | null): void {
    this.transportFailure = reason
    this.tls = info
    this.#refuse()
  }

  #admit(): void {
    const hasBytes = this.#bytes.length > 0
    this.#state = 'over'
    this.#stopReading()
    this.#socket.off('close', this.#onEnd).off('error', ignore)
    const socket = this.#socket
    this.#owner.onAdmitted(this, (onread) => (hasBytes ? readByEvents(socket, onread).resume() : withSharedReads(socket, onread)))
  }

  /** What was read is read again by who comes next. */
  #stopReading(): void {
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).pause()
    if (this.#bytes.length > 0) this.#socket.unshift(this.#bytes)
    this.#bytes = NOTHING
  }

  #arm(millis: number): void {
    if (millis === 0) return
    this.#timer ??= this.#listener.context.timers.create(() => this.#onTimeout())
    this.#timer.arm(millis)
  }

  #onLeft(): void {
    if (this.#state === 'over' || this.#state === 'handshake') return
    this.#listener.stats.leftEarly.add(1)
    this.#refuse()
  }

  #onTimeout(): void {
    const { config, stats } = this.#listener
    if (this.chain !== null) {
      stats.handshakeTimeouts.add(1)
      this.terminationDetails = 'transport socket timeout was reached'
      return this.#refuse()
    }
    stats.filterTimeouts.add(1)
    if (config.continueOnFiltersTimeout) this.#chooseChain()
    else this.#reset()
  }

  /** As Envoy ends what it cannot read: the client sees a reset. */
  #reset(): void {
    resetSocket(this.#socket)
    this.#refuse()
  }

  #refuse(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#timer?.stop()
    this.#socket.off('data', this.#onData)
    this.#secure?.destroy()
    this.#socket.destroy()
    this.#owner.onRefused(this)
  }
}

function ignore(): void {
  // `close` follows and says all there is to do.
}
