/** One end of a connection through a proxy, played by the kit or a test. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MILLIS = 5

/** Whether the other end has ended its half, or all by a reset. */
export type PeerState = 'open' | 'ended' | 'reset'

export class TcpPeer {
  readonly socket: Socket
  /** What came, as a byte string. */
  text = ''
  state: PeerState = 'open'

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => void (this.text += bytes.latin1Slice()))
    socket.on('end', () => this.#change('ended'))
    socket.on('error', () => this.#change('reset'))
  }

  /** Connects to a port of 127.0.0.1. */
  static async dial(port: number): Promise<TcpPeer> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new TcpPeer(socket)
  }

  send(text: string): void {
    if (this.socket.writable) this.socket.write(text, 'latin1')
  }

  end(): void {
    this.socket.end()
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  destroy(): void {
    this.socket.destroy()
  }

  #change(state: PeerState): void {
    if (this.state !== 'reset') this.state = state
  }
}

/** Takes connections, in order. */
export class TcpUpstream {
  readonly peers: TcpPeer[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.peers.push(new TcpPeer(socket)))
  }

  /** Listens on a port of 127.0.0.1; 0 = any. */
  static async start(port = 0): Promise<TcpUpstream> {
    const upstream = new TcpUpstream()
    upstream.#server.listen(port, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** The connection with this number, which may still be on its way; null = none came in time. */
  async peer(index: number, limitMillis: number): Promise<TcpPeer | null> {
    const end = performance.now() + limitMillis
    while (this.peers[index] === undefined && performance.now() < end) await sleep(POLL_MILLIS)
    return this.peers[index] ?? null
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.destroy()
    this.#server.close()
    if (this.#server.listening) await once(this.#server, 'close')
  }
}
