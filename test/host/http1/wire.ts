/** Real sockets on the loopback for tests of the HTTP/1 codec; everything opened here is closed by `close`. */
import { type AddressInfo, type Server, Socket, connect, createServer } from 'node:net'
import { Http1ClientConnection, type Http1ClientOptions } from '../../../host/http1/client.ts'
import { readByEvents } from '../../../host/socket/read-buffer.ts'
import { Http1ServerConnection, type Http1ServerOptions } from '../../../host/http1/server.ts'
import { RecordingPool, RecordingServer, clientOptions, serverOptions } from './recording.ts'

/** A raw peer: what came so far, and a way to wait for more. */
export class Peer {
  readonly socket: Socket
  received = ''
  /** The other side has ended, or the connection is gone. */
  isEnded = false
  #wake: (() => void) | null = null

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.latin1Slice()
      this.#wake?.()
    })
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.isEnded = true
        this.#wake?.()
      })
    }
  }

  send(bytes: string): void {
    this.socket.write(bytes, 'latin1')
  }

  /** Waits until `isThere` holds for what came. */
  async until(isThere: (received: string, isEnded: boolean) => boolean): Promise<string> {
    while (!isThere(this.received, this.isEnded)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.received
  }

  /** Waits for `text` to have come. */
  has(text: string): Promise<string> {
    return this.until((received, isEnded) => received.includes(text) || isEnded)
  }

  /** Waits for the end and returns everything. */
  ended(): Promise<string> {
    return this.until((_, isEnded) => isEnded)
  }
}

/** Listeners and sockets of one test. */
export class Wire {
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()

  /** Counts what is still open after both sides were told to end. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  async #listen(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.#keep(socket)
      onSocket(socket)
    })
    this.#servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  async #connected(port: number): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    this.#keep(socket)
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    return socket
  }

  /** A server connection of ours and a raw client of it. */
  async server(changes: Partial<Http1ServerOptions> = {}, owner = new RecordingServer()) {
    const accepted = Promise.withResolvers<Http1ServerConnection>()
    const options = serverOptions(changes)
    const port = await this.#listen((socket) =>
      accepted.resolve(new Http1ServerConnection(options, owner, (onread) => readByEvents(socket, onread))),
    )
    const client = new Peer(await this.#connected(port))
    return { client, owner, connection: await accepted.promise }
  }

  /** A client connection of ours, connected, and the raw upstream of it. */
  async client(changes: Partial<Http1ClientOptions> = {}) {
    const accepted = Promise.withResolvers<Socket>()
    const port = await this.#listen((socket) => accepted.resolve(socket))
    const pool = new RecordingPool()
    const ready = Promise.withResolvers<void>()
    pool.onReady = () => ready.resolve()
    const connection: Http1ClientConnection = connectTo(port, pool, clientOptions(changes))
    this.#keep(connection.socket)
    await ready.promise
    return { connection, pool, upstream: new Peer(await accepted.promise) }
  }

  /** A port on which nothing listens any more. */
  async deadPort(): Promise<number> {
    const port = await this.#listen(() => {})
    const server = this.#servers.pop()!
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

/** Lets everything that is ready happen. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Opens a connection to a port of this machine. */
export function connectTo(port: number, pool: RecordingPool, options: Http1ClientOptions): Http1ClientConnection {
  return new Http1ClientConnection(options, pool, (onread) => connect({ host: '127.0.0.1', port, noDelay: true, onread }))
}
