/**
 * A server that speaks HTTP/2 frame by frame, as a script tells it: what the proxies under test send is kept as readable
 * lines, and what they get may be anything.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { BlockFields } from '../../../host/http2/block-fields.ts'
import { HpackDecoder } from '../../../host/http2/hpack-decoder.ts'

const PREFACE_BYTES = 24
const HEAD_BYTES = 9
const NAMES = ['DATA', 'HEADERS', 'PRIORITY', 'RST_STREAM', 'SETTINGS', 'PUSH_PROMISE', 'PING', 'GOAWAY', 'WINDOW_UPDATE']
const NO_LIMITS = { maxHeadBytes: Infinity, maxHeaders: Infinity }

export const Type = {
  Data: 0,
  Headers: 1,
  Reset: 3,
  Settings: 4,
  PushPromise: 5,
  Ping: 6,
  GoAway: 7,
  WindowUpdate: 8,
  Continuation: 9,
}
export const Flag = { EndStream: 1, Ack: 1, EndHeaders: 4 }

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
  /** Of HEADERS, as a record; names that repeat are joined with `|`. */
  readonly fields: Readonly<Record<string, string>>
}

export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUIntBE(bytes.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, bytes])
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function settings(values: Readonly<Record<number, number>>): Buffer {
  const entries = Object.entries(values).map(([id, value]) => Buffer.concat([Buffer.from([0, Number(id)]), u32(value)]))
  return frame(Type.Settings, 0, 0, Buffer.concat(entries))
}

/** Fields as literals that nothing indexes (RFC 7541, 6.2.2). */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]))
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest >>>= 7) length.push((rest & 127) | 128)
  return Buffer.concat([Buffer.from([...length, rest]), bytes])
}

/** One connection that a proxy has opened. */
export class FramePeer {
  readonly socket: Socket
  readonly frames: Frame[] = []
  isClosed = false
  readonly #decoder = new HpackDecoder()
  #bytes: Buffer = Buffer.alloc(0)
  #sawPreface = false
  #read = 0
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#onData(bytes))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
      this.#wake()
    })
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** The next frame that `wanted` takes; others before it are skipped. Null = the connection has ended, or time is over. */
  async next(wanted: (frame: Frame) => boolean, limit = 3000): Promise<Frame | null> {
    const end = Date.now() + limit
    for (;;) {
      while (this.#read < this.frames.length) {
        const one = this.frames[this.#read++]!
        if (wanted(one)) return one
      }
      if (this.isClosed || Date.now() >= end) return null
      await this.#event(end)
    }
  }

  /** The next request's head. */
  request(limit?: number): Promise<Frame | null> {
    return this.next(({ type }) => type === Type.Headers, limit)
  }

  #event(end: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, end - Date.now()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #onData(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    if (!this.#sawPreface && this.#bytes.length >= PREFACE_BYTES) {
      this.#sawPreface = true
      this.#bytes = this.#bytes.subarray(PREFACE_BYTES)
    }
    while (this.#sawPreface && this.#bytes.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#bytes.readUIntBE(0, 3)
      if (this.#bytes.length < end) break
      this.#onFrame(this.#bytes.subarray(0, end))
      this.#bytes = this.#bytes.subarray(end)
    }
    this.#wake()
  }

  #onFrame(bytes: Buffer): void {
    const payload = bytes.subarray(HEAD_BYTES)
    const type = bytes[3]!
    const fields = type === Type.Headers ? this.#fields(payload) : {}
    this.frames.push({ type, flags: bytes[4]!, stream: bytes.readUInt32BE(5), payload, fields })
  }

  #fields(payload: Buffer): Record<string, string> {
    const list = new BlockFields()
    if (!this.#decoder.decode(payload, 0, payload.length, list, NO_LIMITS)) return { '': 'compression error' }
    const fields: Record<string, string> = {}
    for (let i = 0; i < list.count; i++) {
      const before = fields[list.names[i]!]
      fields[list.names[i]!] = before === undefined ? list.values[i]! : `${before}|${list.values[i]!}`
    }
    return fields
  }
}

/** What a frame says, in one line. */
export function describeFrame({ type, flags, stream, payload }: Frame): string {
  const name = NAMES[type] ?? `type ${type}`
  if (type === Type.Reset) return `${name} ${stream} ${payload.readUInt32BE(0)}`
  if (type === Type.GoAway) return `${name} ${payload.readUInt32BE(4)}`
  if (type === Type.Settings) {
    if ((flags & Flag.Ack) !== 0) return 'SETTINGS ack'
    const pairs = Array.from(
      { length: payload.length / 6 },
      (_, i) => `${payload.readUInt16BE(6 * i)}=${payload.readUInt32BE(6 * i + 2)}`,
    )
    return `${name} ${pairs.join(' ')}`
  }
  if (type === Type.WindowUpdate) return `${name} ${stream} ${payload.readUInt32BE(0)}`
  if (type === Type.Ping) return `${name}${(flags & Flag.Ack) === 0 ? '' : ' ack'}`
  return `${name} ${stream} ${payload.length}${(flags & Flag.EndStream) === 0 ? '' : ' end'}`
}

export class FrameUpstream {
  readonly peers: FramePeer[] = []
  readonly #server: Server
  #wake: () => void = () => {}

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.peers.push(new FramePeer(socket))
      this.#wake()
    })
  }

  static async start(): Promise<FrameUpstream> {
    const server = createServer({ noDelay: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FrameUpstream(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The connection with this number, which may still have to come. Null = time is over. */
  async peer(number: number, limit = 3000): Promise<FramePeer | null> {
    const end = Date.now() + limit
    while (this.peers.length <= number && Date.now() < end) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now())
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return this.peers[number] ?? null
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
