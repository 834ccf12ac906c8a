/** A socket without a kernel: what is written is kept, what is read comes when the benchmark says so. */
import type { Socket } from 'node:net'
import type { SocketRead } from '../../host/socket/read-buffer.ts'

export class MemorySocket {
  readonly writable = true
  readonly writableLength = 0
  readonly destroyed = false
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 40000
  readonly localAddress = '127.0.0.1'
  readonly localPort = 10000
  allowHalfOpen = true
  /** Text written since it was last looked at; flat, as a system call needs it. */
  written = 0
  #onread: SocketRead | null = null
  readonly #listeners = new Map<string, (value?: unknown) => void>()

  on(event: string, listener: (value?: unknown) => void): this {
    this.#listeners.set(event, listener)
    return this
  }

  emit(event: string, value?: unknown): void {
    this.#listeners.get(event)?.(value)
  }

  write(data: string | Uint8Array): boolean {
    this.written += typeof data === 'string' ? SINK.latin1Write(data) : data.length
    return true
  }

  pause(): void {}
  resume(): void {}
  isPaused(): boolean {
    return false
  }

  /** For a connection: gives it this socket. */
  readonly open = (onread: SocketRead): Socket => {
    this.#onread = onread
    return this as unknown as Socket
  }

  receive(bytes: Buffer): void {
    const { buffer } = this.#onread!
    bytes.copy(buffer)
    this.#onread!.callback(bytes.length, buffer)
  }
}

const SINK = Buffer.allocUnsafeSlow(65536)
