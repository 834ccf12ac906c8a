/** Many requests at a bounded number of connections, each of which is kept: for tests that only count the answers. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Sends `count` requests over so many connections; resolves with the number of answers by status. Answers have a length. */
export async function sendMany(
  port: number,
  connections: number,
  count: number,
  next: () => string,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let left = count
  const take = (): string | null => (left-- > 0 ? next() : null)
  const note = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1)
  await Promise.all(Array.from({ length: connections }, () => keepAsking(port, take, note)))
  return statuses
}

function keepAsking(port: number, take: () => string | null, note: (status: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let text = ''
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`the connection was closed within ${JSON.stringify(text)}`)))
    socket.on('data', (bytes: Buffer) => {
      text += bytes.latin1Slice()
      if (!isWhole(text)) return
      note(Number(text.slice(9, 12)))
      text = ''
      ask(socket, take(), resolve)
    })
    ask(socket, take(), resolve)
  })
}

function ask(socket: Socket, request: string | null, end: () => void): void {
  if (request !== null) return void socket.write(request, 'latin1')
  socket.removeAllListeners('close').on('close', end).destroy()
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  return head >= 0 && text.length === head + 4 + Number(/content-length: (\d+)/.exec(text)![1])
}

export interface AnsweringUpstream {
  readonly port: number
  /** Open ones. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

/** An upstream on a free port that answers each request (without body) with this text. */
export async function startAnswering(text: string): Promise<AnsweringUpstream> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    socket.on('data', (bytes: Buffer) => {
      for (let at = bytes.indexOf('\r\n\r\n'); at >= 0; at = bytes.indexOf('\r\n\r\n', at + 4)) socket.write(text, 'latin1')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { port: (server.address() as AddressInfo).port, connections: () => sockets.size, close }
}
