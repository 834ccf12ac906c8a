/**
 * One connection as bytes, whatever carries them: a socket in the proxy, memory in the harness. Each side ends its half
 * on its own; the connection ends when both have, or by {@link Transport.close}, or by the peer's reset.
 */

/** How we end a connection: after what is queued has left, at once, or so that the peer sees a reset. */
export type CloseKind = 'flush' | 'now' | 'reset'

export interface Transport {
  /** Queues bytes, which belong to the transport from here on; with `endStream` nothing may follow. */
  write(bytes: Buffer, endStream: boolean): void
  /** Stops and resumes what `onData` tells; counted. */
  pauseReads(): void
  resumeReads(): void
  /** Ends both halves; no event follows. A second call only makes it faster. */
  close(kind: CloseKind): void
}

export interface TransportEvents {
  /** Bytes of the peer, which belong to the receiver; with `endStream` (and maybe no bytes) its half has ended. */
  onData(bytes: Buffer, endStream: boolean): void
  /** The peer has reset the connection, or it broke; nothing follows. */
  onReset(): void
  /** What is queued has grown past the high mark, has left. Calls come in pairs. */
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}
