/**
 * A server that speaks HTTP/2 frame by frame, as a script tells it: what the proxies under test send is kept as readable
 * lines, and what they get may be anything.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { BlockFields } from '../../../host/http2/block-fields.ts'
import { HpackDecoder } from '../../../host/http2/hpack-decoder.ts'
import { TYPES, frame, number32, type SeenFrame } from '../../support/http2-frames.ts'

const PREFACE_BYTES = 24
const HEAD_BYTES = 9
const NO_LIMITS = { maxHeadBytes: Infinity, maxHeaders: Infinity }

export interface Frame extends SeenFrame {
  /** Of HEADERS, as a record; names that repeat are joined with `|`. */
  readonly fields: Readonly<Record<string, string>>
}

export function settings(values: Readonly<Record<number, number>>): Buffer {
  const entries = Object.entries(values).map(([id, value]) => Buffer.concat([Buffer.from([0, Number(id)]), number32(value)]))
  return frame('SETTINGS', 0, 0, Buffer.concat(entries))
}

/** One connection that a proxy has opened. */
export class FramePeer {
  readonly socket: Socket
  readonly frames: Frame[] = []
  isClosed = false
  readonly #decoder = new HpackDecoder()
  #bytes: Buffer = Buffer.alloc(0)
  #prefaceLeft = PREFACE_BYTES
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
    return this.next(({ type }) => type === 'HEADERS', limit)
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
    const skipped = Math.min(this.#prefaceLeft, this.#bytes.length)
    this.#prefaceLeft -= skipped
    this.#bytes = this.#bytes.subarray(skipped)
    while (this.#prefaceLeft === 0 && this.#bytes.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#bytes.readUIntBE(0, 3)
      if (this.#bytes.length < end) break
      this.#onFrame(this.#bytes.subarray(0, end))
      this.#bytes = this.#bytes.subarray(end)
    }
    this.#wake()
  }

  #onFrame(bytes: Buffer): void {
    const payload = bytes.subarray(HEAD_BYTES)
    const type = TYPES[bytes[3]!]!
    const fields = type === 'HEADERS' ? this.#fields(payload) : {}
    this.frames.push({ type, flags: bytes[4]!, id: bytes.readUInt32BE(5), payload, fields })
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
