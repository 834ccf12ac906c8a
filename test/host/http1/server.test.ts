import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualTimers, RecordingServer, respond } from './recording.ts'
import { GET, POST, answering, bytes, head, inMemory } from './server-fixture.ts'
import { Wire, settle } from './wire.ts'

let wire: Wire
beforeEach(() => {
  wire = new Wire()
})
afterEach(() => wire.close())

describe('Http1ServerConnection reads', () => {
  it('answers 100 Continue before the head is delivered', async () => {
    const owner = new RecordingServer()
    const { client } = await wire.server({}, owner)
    client.send('POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\ncontent-length: 2\r\n\r\n')
    await client.has('HTTP/1.1 100 Continue\r\n\r\n')
    expect(owner.requests[0]!.headers).toEqual([
      ':authority: a',
      ':path: /',
      ':method: POST',
      ':scheme: http',
      'content-length: 2',
    ])
    owner.onRequest = ({ stream }) => respond(stream, 200, 'ok')
    client.send('hi')
    expect(await client.has('ok')).toBe('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
  })

  it('delivers a counted body and its end as two pieces, as Envoy does', () => {
    const owner = new RecordingServer()
    const ends: boolean[] = []
    owner.onHead = (request) => {
      const data = request.data.bind(request)
      request.data = (piece, start, end, endStream) => {
        ends.push(endStream)
        data(piece, start, end, endStream)
      }
    }
    inMemory(owner).receive(`${POST}abc`)
    expect(ends).toEqual([false, true])
  })

  it('joins the chunks of one read to one piece', () => {
    const owner = new RecordingServer()
    inMemory(owner).receive('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n')
    expect(owner.requests[0]).toMatchObject({ body: 'abcdef', pieces: 1, isComplete: true })
  })

  it('starts the next request only when the response has ended', () => {
    const owner = new RecordingServer()
    const { socket, receive } = inMemory(owner)
    receive(GET + GET)
    expect(owner.requests).toHaveLength(1)
    respond(owner.requests[0]!.stream, 200, '1')
    expect(owner.requests).toHaveLength(1)
    receive('')
    expect(owner.requests).toHaveLength(2)
    expect(socket.written).toContain('1')
  })

  it('answers 1000 pipelined requests in order', async () => {
    const owner = answering(({ stream, headers }) => respond(stream, 200, headers[1]!.slice(7)))
    const { client } = await wire.server({}, owner)
    let wanted = ''
    let sent = ''
    for (let i = 0; i < 1000; i++) {
      sent += `GET /${i} HTTP/1.1\r\nhost: a\r\n\r\n`
      wanted += `HTTP/1.1 200 OK\r\ncontent-length: ${`/${i}`.length}\r\n\r\n/${i}`
    }
    client.send(sent)
    await client.until((received) => received.length >= wanted.length)
    expect(client.received).toBe(wanted)
  })

  it('answers 1000 pipelined requests in order when each answer comes later', async () => {
    const owner = answering(({ stream, headers }) => setImmediate(() => respond(stream, 200, headers[1]!.slice(7))))
    const { client, connection } = await wire.server({}, owner)
    let sent = ''
    let wanted = ''
    for (let i = 0; i < 1000; i++) {
      sent += `POST /${i} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n${'b'.repeat(100)}`
      wanted += `HTTP/1.1 200 OK\r\ncontent-length: ${`/${i}`.length}\r\n\r\n/${i}`
    }
    client.send(sent)
    await client.until((received) => received.length >= wanted.length)
    expect(client.received).toBe(wanted)
    expect(owner.requests.every(({ body }) => body.length === 100)).toBe(true)
    expect(connection.isReading).toBe(true)
  })

  it('stops reading a body while its receiver pauses, and goes on after as many resumes', async () => {
    const owner = new RecordingServer()
    owner.onHead = ({ stream }) => {
      stream.pauseReads()
      stream.pauseReads()
    }
    const { client } = await wire.server({}, owner)
    client.send(`${POST}abc`)
    while (owner.requests.length === 0) await settle()
    const request = owner.requests[0]!
    request.stream.resumeReads()
    await settle()
    expect(request).toMatchObject({ body: '', isComplete: false })
    const done = Promise.withResolvers<void>()
    owner.onRequest = () => done.resolve()
    request.stream.resumeReads()
    expect(request.body).toBe('')
    await done.promise
    expect(request).toMatchObject({ body: 'abc', isComplete: true })
  })

  it('takes no more than a bounded part of a body that nobody reads', async () => {
    const owner = new RecordingServer()
    owner.onHead = ({ stream }) => stream.pauseReads()
    const { client, connection } = await wire.server({}, owner)
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 50000000\r\n\r\n')
    client.socket.write(Buffer.alloc(50_000_000))
    while (owner.requests.length === 0) await settle()
    for (let i = 0; i < 50; i++) await settle()
    expect(connection.socket.bytesRead).toBeLessThan(5_000_000)
    expect(client.socket.writableLength).toBeGreaterThan(0)
  })
})

describe('Http1ServerConnection ends', () => {
  it('at once after Connection: close', async () => {
    const timers = new ManualTimers()
    const { client, owner } = await wire.server(
      { timers },
      answering(({ stream }) => respond(stream, 200, 'ok')),
    )
    client.send('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    expect(await client.ended()).toBe('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok')
    client.socket.end()
    while (owner.closed === 0) await settle()
    expect(timers.armed.size).toBe(0)
  })

  it('after the delayed close when the owner asks for it, as for local replies', () => {
    const owner = new RecordingServer()
    owner.onHead = ({ stream }) => {
      stream.lingerAfterResponse()
      respond(stream, 404, 'no')
    }
    const { socket, receive, timers } = inMemory(owner)
    receive('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    expect(socket.isEnded).toBe(false)
    timers.fire()
    expect(socket.destroyed).toBe(true)
  })

  it('after the delayed close when a request was refused', async () => {
    const timers = new ManualTimers()
    const { client, connection, owner } = await wire.server({ timers })
    client.send('bad\r\n\r\n')
    await client.has('Bad Request')
    expect(client.received).toContain('connection: close\r\n')
    while (timers.armed.size === 0) await settle()
    expect([...timers.armed.values()]).toEqual([1000])
    // Whatever comes now is read and dropped, so that the answer is not lost to a reset.
    client.send(GET)
    while (connection.socket.bytesRead < GET.length) await settle()
    expect({ ended: client.isEnded, requests: owner.requests.length }).toEqual({ ended: false, requests: 0 })
    timers.fire()
    await client.ended()
    while (owner.closed === 0) await settle()
  })

  it('when an answer did not wait for the request', async () => {
    const timers = new ManualTimers()
    const owner = new RecordingServer()
    owner.onHead = ({ stream }) => respond(stream, 401, 'no')
    const { client } = await wire.server({ timers }, owner)
    client.send(`${POST}ab`)
    expect(await client.has('no')).toBe('HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno')
    while (timers.armed.size === 0) await settle()
    client.send(`c${GET}`)
    timers.fire()
    await client.ended()
    expect(owner.requests).toHaveLength(1)
  })

  it('although the client never reads its last answer', async () => {
    const timers = new ManualTimers()
    const owner = answering(({ stream }) => {
      stream.head(head(['content-length', '20000000']), false)
      stream.data(Buffer.alloc(20_000_000), 0, 20_000_000, true)
    })
    const { client } = await wire.server({ timers }, owner)
    client.socket.pause()
    client.send('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    while (timers.armed.size === 0) await settle()
    for (let i = 0; i < 20; i++) await settle()
    while (owner.closed === 0) {
      timers.fire()
      await settle()
    }
    expect(owner.requests[0]!.resetReason).toBe('')
  })

  it('with 408 when a head takes too long', async () => {
    const timers = new ManualTimers()
    const { client, owner } = await wire.server({ timers, requestHeadersTimeout: 500 })
    client.send('GET / HTTP/1.1\r\nhost:')
    while (timers.armed.size === 0) await settle()
    expect([...timers.armed.values()]).toEqual([500])
    timers.fire()
    await client.has('request header timeout')
    expect(client.received).toContain('HTTP/1.1 408 Request Timeout\r\n')
    expect(owner.refusals[0]!.details).toBe('request_header_timeout')
  })

  it('disarms the head timer when the head is complete', () => {
    const timers = new ManualTimers()
    const { receive } = inMemory(new RecordingServer(), { timers, requestHeadersTimeout: 500 })
    receive(GET.slice(0, 5))
    expect(timers.armed.size).toBe(1)
    receive(GET.slice(5))
    expect(timers.armed.size).toBe(0)
  })

  it.each([GET, `${POST}ab`])('aborts the request when the client ends its side', async (request) => {
    const owner = new RecordingServer()
    const { client } = await wire.server({}, owner)
    client.send(request)
    while (owner.requests.length === 0) await settle()
    client.socket.end()
    while (owner.closed === 0) await settle()
    expect(owner.requests[0]).toMatchObject({
      resetReason: 'connection_termination',
      resetDetails: 'downstream_remote_disconnect',
    })
    expect(await client.ended()).toBe('')
  })

  it('quietly when an idle client leaves', async () => {
    const { client, owner } = await wire.server()
    client.socket.destroy()
    while (owner.closed === 0) await settle()
    expect(owner.requests).toEqual([])
  })

  it('after the response when drained, at once when idle', async () => {
    const owner = new RecordingServer()
    const busy = await wire.server({}, owner)
    busy.client.send(GET)
    while (owner.requests.length === 0) await settle()
    busy.connection.drain()
    expect(busy.connection.activeStreams).toBe(1)
    respond(owner.requests[0]!.stream, 200, 'ok')
    expect(await busy.client.ended()).toContain('connection: close\r\n')
    const idle = await wire.server()
    idle.connection.drain()
    expect(await idle.client.ended()).toBe('')
  })

  it('after one more response when its end was announced', async () => {
    const owner = new RecordingServer()
    const { client, connection } = await wire.server({}, owner)
    connection.announceEnd()
    client.send(GET)
    while (owner.requests.length === 0) await settle()
    respond(owner.requests[0]!.stream, 200, 'ok')
    expect(await client.ended()).toContain('connection: close\r\n')
  })

  it('tells the stream when its owner closes', async () => {
    const { client, owner, connection } = await wire.server()
    client.send(GET)
    while (owner.requests.length === 0) await settle()
    connection.close()
    expect(owner.requests[0]).toMatchObject({
      resetReason: 'connection_termination',
      resetDetails: 'downstream_local_disconnect',
    })
    while (owner.closed === 0) await settle()
  })

  it('behind what was written when a stream is reset', async () => {
    const owner = answering(({ stream }) => {
      stream.head(head(), false)
      stream.data(bytes('abc'), 0, 3, false)
      stream.reset('local_reset')
    })
    const timers = new ManualTimers()
    const { client } = await wire.server({ timers }, owner)
    client.send(GET)
    while (timers.armed.size === 0) await settle()
    timers.fire()
    expect(await client.ended()).toBe('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n')
    expect(owner.requests[0]!.resetReason).toBe('')
  })

  it('resets the stream when its body turns bad behind the response head', () => {
    const owner = new RecordingServer()
    owner.onHead = ({ stream }) => stream.head(head(), false)
    const { socket, receive, timers } = inMemory(owner)
    receive('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n')
    receive('zz\r\n')
    expect(owner.refusals).toEqual([])
    expect(owner.requests[0]).toMatchObject({ resetReason: 'protocol_error', resetDetails: 'http1.codec_error' })
    timers.fire()
    expect(socket.destroyed).toBe(true)
  })
})
