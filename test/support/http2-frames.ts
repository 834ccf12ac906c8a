/** HTTP/2 by hand: frames as bytes, and a client that shows which frames came. No part of the host is used. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export const TYPES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
] as const
export type TypeName = (typeof TYPES)[number]

export const END_STREAM = 1
export const ACK = 1
export const END_HEADERS = 4

const HEAD = 9
const CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
] as const

const NOTHING = Buffer.alloc(0)

export function frame(type: TypeName | number, flags: number, id: number, payload: Buffer = NOTHING): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD + payload.length)
  bytes.writeUIntBE(payload.length, 0, 3)
  bytes[3] = typeof type === 'number' ? type : TYPES.indexOf(type)
  bytes[4] = flags
  bytes.writeUInt32BE(id, 5)
  payload.copy(bytes, HEAD)
  return bytes
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A header block of literals without any table. */
export function block(...fields: readonly (readonly [string, string])[]): Buffer {
  let text = ''
  for (const [name, value] of fields) text += '\0' + literal(name) + literal(value)
  return Buffer.from(text, 'latin1')
}

function literal(text: string): string {
  if (text.length < 127) return String.fromCharCode(text.length) + text
  let size = '\x7f'
  let rest = text.length - 127
  for (; rest >= 128; rest >>= 7) size += String.fromCharCode((rest & 127) | 128)
  return size + String.fromCharCode(rest) + text
}

/** The fields of a GET, and more. */
export function request(path: string, ...more: readonly (readonly [string, string])[]): Buffer {
  return block([':method', 'GET'], [':scheme', 'http'], [':authority', 'a.test'], [':path', path], ...more)
}

/** A whole GET. */
export function get(id: number, path: string, ...more: readonly (readonly [string, string])[]): Buffer {
  return frame('HEADERS', END_HEADERS | END_STREAM, id, request(path, ...more))
}

/** What a client sends first. */
export const OPENING = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame('SETTINGS', 0, 0)])

export interface SeenFrame {
  readonly type: TypeName
  readonly flags: number
  readonly id: number
  readonly payload: Buffer
}

/** The whole frames in `bytes`, SETTINGS and frames of unknown types left out. */
export function readFrames(bytes: Buffer): SeenFrame[] {
  const frames: SeenFrame[] = []
  for (let at = 0; at + HEAD <= bytes.length;) {
    const end = at + HEAD + bytes.readUIntBE(at, 3)
    const type = TYPES[bytes[at + 3]!]
    const id = bytes.readUInt32BE(at + 5)
    if (type !== undefined && type !== 'SETTINGS')
      frames.push({ type, flags: bytes[at + 4]!, id, payload: bytes.subarray(at + HEAD, end) })
    at = end
  }
  return frames
}

/** A connection that has sent its opening. */
export class FrameClient {
  readonly socket: Socket
  readonly frames: SeenFrame[] = []
  hasEnded = false
  #rest: Buffer = NOTHING
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', () => socket.destroy())
    socket.on('end', () => this.#end())
    socket.on('close', () => this.#end())
    socket.write(OPENING)
  }

  /** `localPort` 0 = as the system likes. */
  static async open(port: number, local: { localPort?: number; localAddress?: string } = {}): Promise<FrameClient> {
    const socket = connect({ port, ...local, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    await once(socket, 'connect')
    return new FrameClient(socket)
  }

  send(...frames: readonly Buffer[]): this {
    this.socket.write(Buffer.concat(frames))
    return this
  }

  /** Sends pieces as long as the connection takes them, and nobody else knows that it is over; returns how many it took. */
  async flood(piece: (index: number) => Buffer, count: number, isOver: () => boolean = () => false): Promise<number> {
    for (let i = 0; i < count; i++) {
      if (this.hasEnded || this.goaway() !== null || !this.socket.writable || isOver()) return i
      if (!this.socket.write(piece(i))) await new Promise<void>((resolve) => void setImmediate(resolve))
    }
    return count
  }

  /** Waits for a frame that `accepts` takes; null when the connection ends or the time is over before. */
  async until(accepts: (frame: SeenFrame) => boolean, limitMillis = 5000): Promise<SeenFrame | null> {
    const end = performance.now() + limitMillis
    for (let seen = 0; ;) {
      for (; seen < this.frames.length; seen++) if (accepts(this.frames[seen]!)) return this.frames[seen]!
      const left = end - performance.now()
      if (this.hasEnded || left <= 0) return null
      await this.#changed(left)
    }
  }

  async untilEnd(limitMillis = 5000): Promise<void> {
    await this.until(() => false, limitMillis)
  }

  /** The reason in the last GOAWAY; null = none has come. */
  goaway(): string | null {
    const last = this.frames.findLast(({ type }) => type === 'GOAWAY')
    return last === undefined ? null : codeName(last.payload.readUInt32BE(4))
  }

  /** Waits for GOAWAY, and returns its reason. */
  async untilGoaway(limitMillis = 5000): Promise<string | null> {
    await this.until(({ type }) => type === 'GOAWAY', limitMillis)
    return this.goaway()
  }

  /** What came of one stream: `HEADERS DATA DATA+END`, `RST_STREAM CANCEL`. */
  story(id: number): string {
    return this.frames
      .filter((seen) => seen.id === id && seen.type !== 'WINDOW_UPDATE')
      .map(describeFrame)
      .join(' ')
  }

  /** The body that came on a stream. */
  body(id: number): string {
    return this.frames
      .filter((seen) => seen.id === id && seen.type === 'DATA')
      .map(({ payload }) => payload.latin1Slice())
      .join('')
  }

  close(): void {
    this.socket.destroy()
  }

  #take(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes])
    while (rest.length >= HEAD && rest.length >= HEAD + rest.readUIntBE(0, 3)) {
      const end = HEAD + rest.readUIntBE(0, 3)
      const type = TYPES[rest[3]!]
      if (type !== undefined)
        this.frames.push({ type, flags: rest[4]!, id: rest.readUInt32BE(5), payload: rest.subarray(HEAD, end) })
      rest = rest.subarray(end)
    }
    this.#rest = rest
    this.#wake()
  }

  #end(): void {
    this.hasEnded = true
    this.#wake()
  }

  async #changed(limitMillis: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMillis)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

export function codeName(code: number): string {
  return CODES[code] ?? String(code)
}

function describeFrame({ type, flags, payload }: SeenFrame): string {
  if (type === 'RST_STREAM') return `RST_STREAM ${codeName(payload.readUInt32BE(0))}`
  const ends = (type === 'DATA' || type === 'HEADERS') && (flags & END_STREAM) !== 0
  return ends ? `${type}+END` : type
}
