/**
 * Splits a body into the messages of gRPC (gRPC over HTTP/2, "Length-Prefixed-Message"):
 *
 *     0  flags   1 = compressed
 *     1  length  big-endian u32
 *     5  message
 */

const PREFIX_BYTES = 5
const COMPRESSED = 1
const NOTHING = Buffer.alloc(0)

/** Why a body is no sequence of messages: its flags or a compressed message (13), or a message that is too long (8). */
export type GrpcFault = 'malformed' | 'too_long'

export class GrpcDecoder {
  readonly #maxMessageBytes: number
  #rest: Buffer = NOTHING

  /** `maxMessageBytes` = Infinity for no limit. */
  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** The messages that are complete with these bytes, in order; or what is wrong with them. */
  decode(bytes: Buffer): Buffer[] | GrpcFault {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const messages: Buffer[] = []
    let at = 0
    while (at < all.length) {
      const fault = this.#prefixFault(all, at)
      if (fault !== null) return fault
      if (all.length - at < PREFIX_BYTES) break
      const end = at + PREFIX_BYTES + all.readUInt32BE(at + 1)
      if (end > all.length) break
      messages.push(all.subarray(at + PREFIX_BYTES, end))
      at = end
    }
    this.#rest = at === 0 ? all : all.subarray(at)
    return messages
  }

  /** Envoy takes an empty message that says it is compressed. */
  #prefixFault(bytes: Buffer, at: number): GrpcFault | null {
    const flags = bytes[at]!
    if (flags > COMPRESSED) return 'malformed'
    if (bytes.length - at < PREFIX_BYTES) return null
    const length = bytes.readUInt32BE(at + 1)
    if (flags === COMPRESSED && length > 0) return 'malformed'
    return length > this.#maxMessageBytes ? 'too_long' : null
  }
}

/** The messages of a whole body; what is no whole message at its end is left out. */
export function unframeGrpcMessages(body: Buffer): Buffer[] {
  const messages = new GrpcDecoder(Infinity).decode(body)
  return typeof messages === 'string' ? [] : messages
}

/** A message with its prefix, not compressed. */
export function frameGrpcMessage(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  message.copy(framed, PREFIX_BYTES)
  return framed
}
