/**
 * An upstream to be killed and frozen: `node upstream-main.ts PORT`. What it answers is the path's (whatever its query):
 * `/ok`; `/hang` nothing; `/length` and `/chunked` a head and the beginning of a body; `/slow` a body that never ends.
 */
import { createServer, type Socket } from 'node:net'

const ANSWERS: Readonly<Record<string, string>> = {
  '/ok': 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
  '/hang': '',
  '/length': 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc',
  '/chunked': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n',
  '/slow': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
}
const TRICKLE_MILLIS = 50

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes: Buffer) => {
    for (const [, path] of bytes.latin1Slice().matchAll(/^(?:GET|POST) ([^\s?]+)\S* HTTP/gm)) answer(socket, path!)
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1')

function answer(socket: Socket, path: string): void {
  socket.write(ANSWERS[path] ?? 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
  if (path !== '/slow') return
  const timer = setInterval(() => socket.write('1\r\nx\r\n'), TRICKLE_MILLIS)
  socket.on('close', () => clearInterval(timer))
}
