import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualTimers, RecordingServer, respond } from './recording.ts'
import { GET, WEBSOCKET, answering, bytes, head, inMemory, switching } from './server-fixture.ts'
import { Wire, settle } from './wire.ts'

let wire: Wire
beforeEach(() => {
  wire = new Wire()
})
afterEach(() => wire.close())

describe('Http1ServerConnection switches protocols', () => {
  it("holds the client's bytes until 101, then passes both directions", async () => {
    const owner = new RecordingServer()
    const { client } = await wire.server({}, owner)
    client.send(`${WEBSOCKET}early`)
    while (owner.requests.length === 0) await settle()
    const request = owner.requests[0]!
    await settle()
    expect(request).toMatchObject({ body: '', isComplete: false })
    request.stream.head(switching(head(['connection', 'Upgrade'], ['upgrade', 'websocket'])), false)
    while (request.body !== 'early') await settle()
    request.stream.data(bytes('raw'), 0, 3, false)
    await client.has('raw')
    expect(client.received).toBe('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nraw')
    client.socket.end('bye')
    while (!request.isComplete) await settle()
    expect(request.body).toBe('earlybye')
    request.stream.data(bytes('bye'), 0, 3, true)
    expect(await client.ended()).toMatch(/rawbye$/)
    while (owner.closed === 0) await settle()
  })

  it('ends when the upstream half ends', async () => {
    const owner = new RecordingServer()
    owner.onHead = ({ stream }) => {
      stream.head(switching(head(['connection', 'Upgrade'], ['upgrade', 'websocket'])), false)
      stream.data(bytes('x'), 0, 1, true)
    }
    const { client } = await wire.server({}, owner)
    client.send(WEBSOCKET)
    expect(await client.ended()).toMatch(/\r\n\r\nx$/)
    client.socket.end()
    while (owner.closed === 0) await settle()
  })

  it('ends after a refused switch, as Envoy does: bytes behind the request may be those of the other protocol', async () => {
    const timers = new ManualTimers()
    const owner = new RecordingServer()
    owner.onHead = ({ stream }) => respond(stream, 200, 'no')
    const { client } = await wire.server({ timers }, owner)
    client.send(WEBSOCKET + GET)
    await client.has('no')
    expect(client.received).toContain('connection: close\r\n')
    while (timers.armed.size === 0) await settle()
    timers.fire()
    await client.ended()
    expect(owner.requests.map(({ headers }) => headers[1])).toEqual([':path: /ws'])
  })

  it('ends the request of a refused switch whose response goes on', () => {
    const owner = new RecordingServer()
    owner.onHead = ({ stream }) => stream.head(head(), false)
    const { receive } = inMemory(owner)
    receive(WEBSOCKET)
    expect(owner.requests[0]).toMatchObject({ body: '', isComplete: true })
  })
})

describe('Http1ServerConnection watches its write queue', () => {
  it("tells a slow client's stream to stop and to go on, in pairs", async () => {
    const owner = new RecordingServer()
    const { client } = await wire.server({ bufferLimit: 10_000 }, owner)
    client.socket.pause()
    client.send(GET)
    while (owner.requests.length === 0) await settle()
    const request = owner.requests[0]!
    request.stream.head(head(), false)
    let sent = 0
    while (request.highs === 0) {
      request.stream.data(Buffer.alloc(20_000, 97), 0, 20_000, false)
      sent += 20_000
      await settle()
    }
    expect(request.lows).toBe(0)
    client.socket.resume()
    while (request.lows === 0) await settle()
    expect(request).toMatchObject({ highs: 1, lows: 1 })
    request.stream.data(Buffer.alloc(0), 0, 0, true)
    await client.has('0\r\n\r\n')
    expect(client.received.split('a').length - 1).toBeGreaterThanOrEqual(sent)
  })

  it('writes pieces of every size whole and in order', () => {
    const { socket, receive } = inMemory(
      answering(({ stream }) => {
        stream.head(head(), false)
        stream.data(Buffer.alloc(70_000, 98), 0, 70_000, false)
        stream.data(Buffer.alloc(5_000, 99), 0, 5_000, true)
      }),
    )
    receive(GET)
    expect(socket.written).toBe(
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n11170\r\n${'b'.repeat(70_000)}\r\n1388\r\n${'c'.repeat(5_000)}\r\n0\r\n\r\n`,
    )
  })
})
