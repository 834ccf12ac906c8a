/** One connection over which an endpoint is asked by HTTP, one question at a time. */
import type { ClientConnection, ClientStream, ResetReason, ResponseReceiver } from '../../http/codec.ts'
import type { TlsInfo } from '../../http/stream-info.ts'
import type { ConnectionOwner, Connector, Destination } from '../connector.ts'

/** Who asks, and hears the answer. */
export interface ProbeClient extends ResponseReceiver {
  /** Writes the question. */
  write(stream: ClientStream): void
  /** The question has no answer: nobody is there, or the connection or the stream ended. */
  onReset(): void
  /** Nothing can be asked over the connection any more. */
  onConnectionGone(connection: ProbeConnection): void
}

export class ProbeConnection implements ConnectionOwner {
  tls: TlsInfo | null = null
  readonly #client: ProbeClient
  readonly #codec: ClientConnection
  #stream: ClientStream | null = null
  /** The question before: its answer is there, but the peer may not have taken all of it. */
  #answered: ClientStream | null = null
  #isConnected = false
  #isGone = false
  /** An answer is awaited. */
  #isAsking = false
  /** The peer takes no further question. */
  isLeaving = false

  constructor(connector: Connector, destination: Destination, client: ProbeClient) {
    this.#client = client
    this.#codec = connector.connect(destination, this)
  }

  /** The client writes its question as soon as there is a connection. */
  ask(): void {
    this.#isAsking = true
    if (this.#isConnected) this.#write()
  }

  /** The answer is there. */
  endAnswer(): void {
    this.#isAsking = false
    this.#answered = this.#stream
    this.#stream = null
  }

  /** Nobody waits for the rest of the answer. */
  resetStream(): void {
    this.#stream?.reset('local_reset')
    this.endAnswer()
  }

  close(): void {
    this.resetStream()
    this.#leave()
    this.#codec.close()
  }

  onConnected(): void {
    this.#isConnected = true
    if (this.#isAsking) this.#write()
  }

  onStreamEnded(reusable: boolean): void {
    if (!reusable) this.#leave()
  }

  onStreamReset(_reason: ResetReason): void {}

  onCapacityChanged(): void {}

  onGoAway(): void {
    if (this.#isAsking) this.isLeaving = true
    else this.close()
  }

  /** A stream hears of the end itself. */
  onClosed(): void {
    const isUnheard = this.#isAsking && this.#stream === null
    this.#leave()
    if (isUnheard) this.#client.onReset()
  }

  #write(): void {
    this.#answered?.reset('local_reset')
    this.#answered = null
    if (this.#codec.maxStreams === 0) return this.#client.onReset()
    this.#stream = this.#codec.newStream(this.#client)
    this.#client.write(this.#stream)
  }

  #leave(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#client.onConnectionGone(this)
  }
}
