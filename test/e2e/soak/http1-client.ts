/** Clients of HTTP/1.1 for the soak: many requests on few connections, some of which they leave. */
import type { Socket } from 'node:net'
import type { SeededRandom } from '../../../host/testing/seeded-random.ts'

const HEAD = 'host: soak.test\r\n'
const BODY = 'x'.repeat(16 * 1024)
/** Most bytes that a client who leaves reads before. */
const READ_BEFORE = 32 * 1024

export type Connect = () => Socket

/** Sends `count` requests, one after the other, some with bodies; a new connection after each `perConnection`. */
export async function askHttp1(
  connect: Connect,
  count: number,
  perConnection: number,
  prefix: string,
  random: SeededRandom,
): Promise<void> {
  for (let left = count; left > 0; left -= perConnection) await askOn(connect(), Math.min(left, perConnection), prefix, random)
}

/** Sends requests, each on a connection of its own, that are left by us or cut by the upstream. */
export async function breakHttp1(connect: Connect, count: number, prefix: string, random: SeededRandom): Promise<void> {
  for (let i = 0; i < count; i++) await breakOne(connect(), prefix, Math.floor(random.fraction() * 4))
}

function askOn(socket: Socket, count: number, prefix: string, random: SeededRandom): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count
    let text = ''
    let length = 0
    const next = (): void => {
      if (left-- === 0) return void socket.removeAllListeners('close').on('close', resolve).destroy()
      const size = random.fraction() < 0.8 ? 0 : Math.ceil(random.fraction() * BODY.length)
      text = ''
      length = size === 0 ? 2 : size
      socket.write(requestOf(prefix, size, random.fraction() < 0.5), 'latin1')
    }
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`the connection was closed within ${JSON.stringify(text.slice(0, 500))}`)))
    socket.on('data', (bytes: Buffer) => {
      text += bytes.latin1Slice()
      if (!isWhole(text)) return
      if (!text.startsWith('HTTP/1.1 200') || text.length < length) return void socket.destroy()
      next()
    })
    next()
  })
}

function requestOf(prefix: string, size: number, isChunked: boolean): string {
  if (size === 0) return `GET ${prefix}/items HTTP/1.1\r\n${HEAD}\r\n`
  const body = BODY.slice(0, size)
  if (!isChunked) return `POST ${prefix}/items HTTP/1.1\r\n${HEAD}content-length: ${size}\r\n\r\n${body}`
  return `POST ${prefix}/items HTTP/1.1\r\n${HEAD}transfer-encoding: chunked\r\n\r\n${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /\r\ncontent-length: (\d+)\r\n/.exec(text.slice(0, head + 2))
  return length === null ? text.endsWith('\r\n0\r\n\r\n') : text.length === head + 4 + Number(length[1])
}

/** 0: left within the request; 1: left within the answer; 2: cut within the answer; 3: reset before it. */
function breakOne(socket: Socket, prefix: string, kind: number): Promise<void> {
  return new Promise((resolve) => {
    let read = 0
    socket.on('error', () => socket.destroy()).on('close', () => resolve())
    socket.on('data', (bytes: Buffer) => {
      read += bytes.length
      if (kind === 3 || (kind === 1 && read > READ_BEFORE)) socket.destroy()
    })
    if (kind === 0) {
      const head = `POST ${prefix}/items HTTP/1.1\r\n${HEAD}content-length: 10000\r\n\r\nabc`
      return void socket.write(head, 'latin1', () => void setImmediate(() => socket.destroy()))
    }
    socket.write(`GET ${prefix}/${['', 'large', 'cut', 'reset'][kind]!} HTTP/1.1\r\n${HEAD}\r\n`, 'latin1')
  })
}
