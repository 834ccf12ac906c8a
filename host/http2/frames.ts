/**
 * Frames of HTTP/2 (RFC 9113, 4.1 and 6): numbers, a reader that cuts what a socket brings into frames, and the writers
 * of the small ones (hot).
 *
 *     0  length    u24, of the payload
 *     3  type      u8
 *     4  flags     u8
 *     5  stream    readU31
 *     9  payload
 */

export const FrameType = {
  Data: 0,
  Headers: 1,
  Priority: 2,
  ResetStream: 3,
  Settings: 4,
  PushPromise: 5,
  Ping: 6,
  GoAway: 7,
  WindowUpdate: 8,
  Continuation: 9,
} as const

export const FrameFlag = { EndStream: 0x1, Ack: 0x1, EndHeaders: 0x4, Padded: 0x8, Priority: 0x20 } as const

/** RFC 9113, 7. */
export const Http2Error = {
  NoError: 0,
  ProtocolError: 1,
  InternalError: 2,
  FlowControlError: 3,
  SettingsTimeout: 4,
  StreamClosed: 5,
  FrameSizeError: 6,
  RefusedStream: 7,
  Cancel: 8,
  CompressionError: 9,
  ConnectError: 10,
  EnhanceYourCalm: 11,
} as const
export type Http2Error = (typeof Http2Error)[keyof typeof Http2Error]

/** RFC 9113, 6.5.2; RFC 8441, 3. */
export const Setting = {
  HeaderTableSize: 1,
  EnablePush: 2,
  MaxConcurrentStreams: 3,
  InitialWindowSize: 4,
  MaxFrameSize: 5,
  MaxHeaderListSize: 6,
  EnableConnectProtocol: 8,
} as const

/** Bytes in front of every payload. */
export const FRAME_HEAD = 9
/** The largest payload that a peer may send unasked (RFC 9113, 6.5.2), and the largest that we take or send. */
export const MAX_FRAME_SIZE = 16384
export const MAX_WINDOW = 0x7fffffff
/** The window of every stream and connection before any SETTINGS (RFC 9113, 6.9.2). */
export const DEFAULT_WINDOW = 65535
export const MAX_STREAM_ID = 0x7fffffff

/** What a client sends first (RFC 9113, 3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Takes frames in the order of their arrival; each call returns false when the connection has ended. */
export interface FrameHandler {
  /** A frame begins: the verdict on what can be told without its payload. */
  onFrameHead(type: number, flags: number, id: number, length: number): boolean
  /** The whole payload is `bytes[start, end)`; every type but DATA. The bytes are the reader's again after the call. */
  onFrame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): boolean
  /** A piece of the payload of the DATA frame that began last; `isLast` ends the frame. Padding is left out. */
  onDataPiece(bytes: Buffer, start: number, end: number, isLast: boolean): boolean
  /** Padding that is as long as its frame (RFC 9113, 6.1). */
  onPaddingTooLong(): boolean
}

/**
 * Cuts a byte stream into frames. Frames stay where the socket has put them; only one that is cut by the end of a read is
 * put together elsewhere. DATA is passed on as it comes.
 */
export class FrameReader {
  readonly handler: FrameHandler
  /** A frame that was cut: `held[0, heldLength)`. */
  held: Buffer | null = null
  heldLength = 0
  /** Bytes of the current DATA frame's payload that are missing; -1 = none is open. */
  dataLeft = -1
  /** Of these the padding at the end; -1 = its length is the next byte. */
  padding = 0

  constructor(handler: FrameHandler) {
    this.handler = handler
  }

  /** True while no frame is cut. */
  get isAtFrame(): boolean {
    return this.heldLength === 0 && this.dataLeft < 0
  }

  /**
   * Reads one frame, or what there is of one, from `bytes[at, end)`; `end > at`. Returns where the next one begins, or -1
   * when the connection has ended.
   */
  next(bytes: Buffer, at: number, end: number): number {
    if (this.dataLeft >= 0) return this.#data(bytes, at, end)
    if (this.heldLength > 0) return this.#fill(bytes, at, end)
    if (end - at < FRAME_HEAD) return this.#hold(bytes, at, end)
    const length = lengthAt(bytes, at)
    const type = bytes[at + 3]!
    const flags = bytes[at + 4]!
    const id = readU31(bytes, at + 5)
    if (!this.handler.onFrameHead(type, flags, id, length)) return -1
    if (type === FrameType.Data) return this.#beginData(bytes, at + FRAME_HEAD, end, flags, length)
    const frameEnd = at + FRAME_HEAD + length
    if (frameEnd > end) return this.#hold(bytes, at, end)
    return this.handler.onFrame(type, flags, id, bytes, at + FRAME_HEAD, frameEnd) ? frameEnd : -1
  }

  #beginData(bytes: Buffer, at: number, end: number, flags: number, length: number): number {
    this.dataLeft = length
    this.padding = (flags & FrameFlag.Padded) === 0 ? 0 : -1
    // An empty frame has no payload to wait for.
    return at < end || length === 0 ? this.#data(bytes, at, end) : at
  }

  #data(bytes: Buffer, at: number, end: number): number {
    if (this.padding < 0) {
      this.padding = bytes[at++]!
      this.dataLeft--
      if (this.padding > this.dataLeft) return this.handler.onPaddingTooLong() ? at : -1
    }
    const take = Math.min(this.dataLeft, end - at)
    const next = at + take
    const left = this.dataLeft - take
    const isLast = left === 0
    const pieceEnd = Math.max(at, next - Math.max(0, this.padding - left))
    this.padding = Math.min(this.padding, left)
    this.dataLeft = isLast ? -1 : left
    if (pieceEnd === at && !isLast) return next
    return this.handler.onDataPiece(bytes, at, pieceEnd, isLast) ? next : -1
  }

  /** Keeps the begin of a frame. */
  #hold(bytes: Buffer, at: number, end: number): number {
    const isHeadKnown = end - at >= FRAME_HEAD
    this.held = Buffer.allocUnsafe(FRAME_HEAD + (isHeadKnown ? lengthAt(bytes, at) : 0))
    bytes.copy(this.held, 0, at, end)
    this.heldLength = end - at
    return end
  }

  /** Goes on with a frame that was cut, in its head or behind it. */
  #fill(bytes: Buffer, at: number, end: number): number {
    const held = this.held!
    const take = Math.min(held.length - this.heldLength, end - at)
    const hadHead = this.heldLength >= FRAME_HEAD
    bytes.copy(held, this.heldLength, at, at + take)
    this.heldLength += take
    at += take
    if (this.heldLength < held.length) return at
    if (!hadHead) return this.#headComplete(held, bytes, at, end)
    return this.#heldComplete(held) ? at : -1
  }

  /** The nine bytes of a cut head are together; `at` is where the payload begins. */
  #headComplete(head: Buffer, bytes: Buffer, at: number, end: number): number {
    const length = lengthAt(head, 0)
    const flags = head[4]!
    if (!this.handler.onFrameHead(head[3]!, flags, readU31(head, 5), length)) return -1
    this.heldLength = 0
    if (head[3] === FrameType.Data) return this.#beginData(bytes, at, end, flags, length)
    if (length === 0) return this.#heldComplete(head) ? at : -1
    this.held = Buffer.allocUnsafe(FRAME_HEAD + length)
    head.copy(this.held, 0)
    this.heldLength = FRAME_HEAD
    return at
  }

  #heldComplete(frame: Buffer): boolean {
    this.held = null
    this.heldLength = 0
    return this.handler.onFrame(frame[3]!, frame[4]!, readU31(frame, 5), frame, FRAME_HEAD, frame.length)
  }
}

/** Length of the payload of the frame whose head begins at `at`. */
function lengthAt(bytes: Buffer, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
}

/** The 31 bits of a stream identifier or a window's increment; the reserved bit is ignored (RFC 9113, 4.1). */
export function readU31(bytes: Buffer, at: number): number {
  return ((bytes[at]! & 0x7f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

export function readU32(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** Writes a frame's head at `at`; returns where its payload goes. */
export function writeFrameHead(out: Buffer, at: number, length: number, type: number, flags: number, id: number): number {
  out[at] = length >>> 16
  out[at + 1] = length >>> 8
  out[at + 2] = length
  out[at + 3] = type
  out[at + 4] = flags
  return putU32(out, at + 5, id)
}

/** Returns the offset behind the four bytes. */
export function putU32(out: Buffer, at: number, value: number): number {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
  return at + 4
}
