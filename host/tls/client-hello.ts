/**
 * What a client of TLS asks for, read from its first message before OpenSSL sees it (RFC 8446, 4.1.2; RFC 6066, 3;
 * RFC 7301, 3.1). Nothing is verified that the handshake verifies later.
 */

/** Empty where the client does not say. */
export interface ClientHello {
  /** Lower case. */
  readonly serverName: string
  /** In the client's order. */
  readonly protocols: readonly string[]
}

/** `more`: it has not come whole; `none`: the bytes are no TLS; `bad`: they are, but make no sense or are too long. */
export type HelloResult = ClientHello | 'more' | 'none' | 'bad'

const RECORD_HEADER = 5
const HANDSHAKE_HEADER = 4
const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16
const HOST_NAME = 0

/** Reads the hello at the beginning of `bytes`; one of more than `limit` bytes is bad. */
export function readClientHello(bytes: Buffer, limit: number): HelloResult {
  const message = joinRecords(bytes, limit)
  if (typeof message === 'string') return message
  try {
    return readHello(message)
  } catch (error) {
    if (error instanceof RangeError) return 'bad'
    throw error
  }
}

/** The message without the records that carry it. */
function joinRecords(bytes: Buffer, limit: number): Buffer | 'more' | 'none' | 'bad' {
  const parts: Buffer[] = []
  let size = 0
  for (let at = 0; ;) {
    if (at < bytes.length && bytes[at] !== HANDSHAKE) return 'none'
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return 'none'
    if (at + RECORD_HEADER > bytes.length) return 'more'
    const end = at + RECORD_HEADER + bytes.readUInt16BE(at + 3)
    const part = bytes.subarray(at + RECORD_HEADER, end)
    parts.push(part)
    size += part.length
    const message = parts.length === 1 ? part : Buffer.concat(parts)
    const wanted = message.length < HANDSHAKE_HEADER ? HANDSHAKE_HEADER : HANDSHAKE_HEADER + message.readUIntBE(1, 3)
    if (wanted > limit || (message.length > 0 && message[0] !== CLIENT_HELLO)) return 'bad'
    if (size >= wanted && message.length >= HANDSHAKE_HEADER) return message.subarray(HANDSHAKE_HEADER, wanted)
    if (end > bytes.length) return 'more'
    // Records without content would go on for ever.
    if (end === at + RECORD_HEADER) return 'bad'
    at = end
  }
}

/** Throws RangeError where a length leads out of its field. */
function readHello(hello: Buffer): ClientHello {
  const reader = new Fields(hello)
  reader.skip(2 + 32) // version, random
  reader.block(1) // session id
  reader.block(2) // ciphers
  reader.block(1) // compression
  let serverName = ''
  let protocols: readonly string[] = []
  if (reader.isAtEnd) return { serverName, protocols }
  for (const extensions = reader.block(2); !extensions.isAtEnd;) {
    const type = extensions.number(2)
    const body = extensions.block(2)
    if (type === SERVER_NAME) serverName = readServerName(body)
    else if (type === ALPN) protocols = readProtocols(body)
  }
  return { serverName, protocols }
}

function readServerName(body: Fields): string {
  const names = body.block(2)
  while (!names.isAtEnd) {
    const type = names.number(1)
    const name = names.block(2)
    if (type === HOST_NAME) return name.text().toLowerCase()
  }
  return ''
}

function readProtocols(body: Fields): string[] {
  const list = body.block(2)
  const protocols: string[] = []
  while (!list.isAtEnd) protocols.push(list.block(1).text())
  return protocols
}

/** Reads numbers and blocks with a length before them. */
class Fields {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  number(size: number): number {
    const value = this.#bytes.readUIntBE(this.#at, size)
    this.#at += size
    return value
  }

  skip(size: number): void {
    if (this.#at + size > this.#bytes.length) throw new RangeError('a field ends before its content')
    this.#at += size
  }

  /** The block behind a length of `size` bytes. */
  block(size: number): Fields {
    const length = this.number(size)
    const start = this.#at
    this.skip(length)
    return new Fields(this.#bytes.subarray(start, this.#at))
  }

  text(): string {
    return this.#bytes.latin1Slice(this.#at)
  }
}
