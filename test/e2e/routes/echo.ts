/** The upstreams of the route suite: each answers with its name and the head that it got. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { MessageParser, fieldValue, type WireMessage } from '../../support/http-text.ts'

export class EchoUpstream {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(name: string) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket)
      const parser = new MessageParser({
        bodiless: () => false,
        untilClose: false,
        onHead: () => {},
        onComplete: (message) => void socket.write(answerTo(message, name), 'latin1'),
      })
      socket.on('data', (bytes: Buffer) => parser.push(bytes.latin1Slice()))
      socket.on('error', () => socket.destroy())
    })
  }

  static async start(name: string): Promise<EchoUpstream> {
    const upstream = new EchoUpstream(name)
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** `x-answer: 404 | name: value` asks for another status and for headers. */
function answerTo(message: WireMessage, name: string): string {
  const [status = '200', ...extra] = (fieldValue(message.headers, 'x-answer') ?? '200').split(' ; ')
  const seen = message.headers.filter(([field]) => field !== 'x-answer').map(([field, value]) => `> ${field}: ${value}\n`)
  const body = `> ${message.startLine}\n${seen.join('')}`
  const fields = ['x-upstream: ' + name, ...extra, `content-length: ${body.length}`]
  const isHead = message.startLine.startsWith('HEAD ')
  return `HTTP/1.1 ${status} Echo\r\n${fields.join('\r\n')}\r\n\r\n${isHead ? '' : body}`
}
