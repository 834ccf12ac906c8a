import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { readClientHello } from '../../../host/tls/client-hello.ts'

const LIMIT = 16384

/** What Node's client says first. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [bytes] = await once(socket, 'data')
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

/** The same message in records of `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part)
  }
  return Buffer.concat(records)
}

const hello = await helloOf({ servername: 'A.Test', ALPNProtocols: ['h2', 'http/1.1'] })
const READ = { serverName: 'a.test', protocols: ['h2', 'http/1.1'] }

describe('readClientHello', () => {
  it('reads what a real client asks for', () => {
    expect(readClientHello(hello, LIMIT)).toEqual(READ)
  })

  it('finds nothing where a client asks for nothing', async () => {
    expect(readClientHello(await helloOf({}), LIMIT)).toEqual({ serverName: '', protocols: [] })
  })

  it('waits for every byte', () => {
    for (let end = 0; end < hello.length; end++) expect(readClientHello(hello.subarray(0, end), LIMIT)).toBe('more')
  })

  it.each([1, 3, 4, 5, 100])('joins records of %d bytes', (size) => {
    expect(readClientHello(inRecords(hello, size), LIMIT)).toEqual(READ)
  })

  it('takes other protocols for none of TLS', () => {
    expect(readClientHello(Buffer.from('GET / HTTP/1.1\r\n'), LIMIT)).toBe('none')
    expect(readClientHello(Buffer.from([22, 2, 1]), LIMIT)).toBe('none')
  })

  it('refuses one that is too long, another message, and records without content', () => {
    expect(readClientHello(hello, 100)).toBe('bad')
    expect(readClientHello(Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]), LIMIT)).toBe('bad')
    expect(readClientHello(Buffer.from([22, 3, 1, 0, 0, 22, 3, 1, 0, 0]), LIMIT)).toBe('bad')
  })

  it('never throws, and reads nothing beyond a field, when bytes are changed', () => {
    for (let at = 5; at < hello.length; at++) {
      const changed = Buffer.from(hello)
      changed[at] = changed[at]! ^ 0xff
      expect(['object', 'string']).toContain(typeof readClientHello(changed, LIMIT))
    }
  })
})
