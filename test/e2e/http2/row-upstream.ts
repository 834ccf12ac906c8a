/** The upstream of the HTTP/2 rows: the last part of a path says what it does; it keeps what each row's requests were. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const TRAILERS = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-trailer: t\r\n\r\n'
const GRPC =
  'HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ntransfer-encoding: chunked\r\n\r\n5\r\n\0\0\0\0\0\r\n0\r\ngrpc-status: 0\r\n\r\n'
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nx-kept: a\r\n\r\n'
const OPENED = 'HTTP/1.1 200 OK\r\nx-kept: a\r\n\r\n'
/** What comes behind these goes back. */
const ECHOING: ReadonlySet<string> = new Set(['switch', 'open'])
/** Longer than two windows of 64 KiB. */
export const BIG_BODY = 'x'.repeat(200_000)

/** Whole answers by the last part of the path. */
const ANSWERS: Readonly<Record<string, string>> = {
  ok: OK,
  early: OK,
  trailers: TRAILERS,
  grpc: GRPC,
  head: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n',
  204: 'HTTP/1.1 204 No Content\r\n\r\n',
  304: 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\n\r\n',
  interim: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}`,
  hop: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nkeep-alive: 1\r\nproxy-connection: a\r\nx-kept: b\r\n\r\nok',
  bare: 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok',
  big: `HTTP/1.1 200 OK\r\ncontent-length: ${BIG_BODY.length}\r\n\r\n${BIG_BODY}`,
  garbage: 'nonsense\r\n\r\n',
  403: 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno',
  switch: SWITCH,
  'switch-end': `${SWITCH}hello`,
  'switch-cut': `${SWITCH}hello`,
  open: OPENED,
  'open-end': `${OPENED}hello`,
  twice: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nset-cookie: a\r\nset-cookie: b\r\nx-b: x\r\nx-b: y\r\n\r\nok',
}

/** Of the row, and of what is done: in the path, or in the authority of CONNECT. */
const NAMES = /^(?:[A-Z]+ \/|CONNECT )([\w-]+)[/.]([\w-]+)/

export class RowUpstream {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Requests by the id of their row. */
  readonly requests = new Map<string, string[]>()

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
  }

  static async start(): Promise<RowUpstream> {
    const upstream = new RowUpstream()
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #serve(socket: Socket): void {
    let text = ''
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    let isTunnel = false
    socket.on('data', (bytes: Buffer) => {
      if (isTunnel) return void socket.write(bytes)
      text += bytes.latin1Slice()
      const end = endOfMessage(text)
      const head = text.slice(0, text.indexOf('\r\n\r\n') + 4)
      const [, row = '', action = ''] = NAMES.exec(head) ?? []
      if (end < 0 && (action !== 'early' || head === '')) return
      this.requests.set(row, [...(this.requests.get(row) ?? []), text.slice(0, end < 0 ? head.length : end)])
      text = end < 0 ? '' : text.slice(end)
      isTunnel = ECHOING.has(action)
      act(socket, action)
      if (isTunnel && text !== '') socket.write(text, 'latin1')
    })
  }
}

function act(socket: Socket, action: string): void {
  if (action === 'hang') return
  if (action === 'die') return void socket.destroy()
  if (action === 'cut') {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc')
    return void setTimeout(() => socket.destroy(), 50)
  }
  socket.write(ANSWERS[action] ?? OK, 'latin1')
  if (action.endsWith('-cut')) setTimeout(() => socket.resetAndDestroy(), 50)
  if (action === 'bare' || action.endsWith('-end')) socket.end()
}

/** Where the first message of `text` ends; -1 = it is not complete. */
function endOfMessage(text: string): number {
  const headEnd = text.indexOf('\r\n\r\n') + 4
  if (headEnd < 4) return -1
  const head = text.slice(0, headEnd)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)
  if (length !== null) return text.length >= headEnd + Number(length[1]) ? headEnd + Number(length[1]) : -1
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) return headEnd
  const last = /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(headEnd))
  return last === null ? -1 : headEnd + last.index + last[0].length
}
