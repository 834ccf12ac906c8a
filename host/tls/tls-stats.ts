/** Statistics of TLS under `<prefix>ssl.` (source/common/tls/stats.h, context_impl.cc). */
import type { TLSSocket } from 'node:tls'
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

export class TlsStats {
  readonly connectionErrors: Counter
  readonly noCertificate: Counter
  readonly failedNoCertificate: Counter
  readonly failedChain: Counter
  readonly failedName: Counter
  readonly failedHash: Counter
  readonly #handshakes: Counter
  readonly #reused: Counter
  readonly #source: StatsStore
  readonly #prefix: string
  /** Of versions and ciphers, by their names. */
  readonly #chosen = new Map<string, Counter>()

  /** `owner`: `listener.<address>` or `cluster.<name>`. */
  constructor(source: StatsStore, owner: string) {
    this.#source = source
    this.#prefix = `${owner}.ssl.`
    this.connectionErrors = this.#counter('connection_error')
    this.noCertificate = this.#counter('no_certificate')
    this.failedNoCertificate = this.#counter('fail_verify_no_cert')
    this.failedChain = this.#counter('fail_verify_error')
    this.failedName = this.#counter('fail_verify_san')
    this.failedHash = this.#counter('fail_verify_cert_hash')
    this.#handshakes = this.#counter('handshake')
    this.#reused = this.#counter('session_reused')
  }

  /** The handshake is over, and the peer was let in. */
  countHandshake(socket: TLSSocket): void {
    this.#handshakes.add(1)
    if (socket.isSessionReused()) this.#reused.add(1)
    this.#choice(`versions.${socket.getProtocol()}`).add(1)
    this.#choice(`ciphers.${socket.getCipher().name}`).add(1)
  }

  #choice(name: string): Counter {
    const known = this.#chosen.get(name) ?? this.#counter(name)
    this.#chosen.set(name, known)
    return known
  }

  #counter(name: string): Counter {
    return this.#source.counter(this.#prefix + name)
  }
}
