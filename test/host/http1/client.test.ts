import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { keep } from '../../../host/socket/read-buffer.ts'
import { OK, bytes, finished, request } from './client-fixture.ts'
import { MemoryLogger, RecordedResponse } from './recording.ts'
import { Wire, settle } from './wire.ts'

let wire: Wire
beforeEach(() => {
  wire = new Wire()
})
afterEach(() => wire.close())

describe('Http1ClientConnection writes', () => {
  it.each<[string, HeaderMap, string[] | null, string]>([
    [
      'host first, then the fields in order',
      request('GET', ['x-b', '1'], ['x-a', '2']),
      null,
      'GET /p HTTP/1.1\r\nhost: a.test\r\nx-b: 1\r\nx-a: 2\r\n\r\n',
    ],
    ['no length for DELETE', request('DELETE'), null, 'DELETE /p HTTP/1.1\r\nhost: a.test\r\n\r\n'],
    [
      'content-length: 0 last for POST without body',
      request('POST', ['x', '1']),
      null,
      'POST /p HTTP/1.1\r\nhost: a.test\r\nx: 1\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'the announced length',
      request('POST', ['content-length', '3']),
      ['a', 'bc'],
      'POST /p HTTP/1.1\r\nhost: a.test\r\ncontent-length: 3\r\n\r\nabc',
    ],
    [
      'chunks without length',
      request('POST'),
      ['a', 'bc'],
      'POST /p HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n',
    ],
    [
      'no host without authority',
      HeaderMap.from([
        [':path', '/'],
        [':method', 'GET'],
      ]),
      null,
      'GET / HTTP/1.1\r\n\r\n',
    ],
    ['one host only', request('GET', ['host', 'b']), null, 'GET /p HTTP/1.1\r\nhost: a.test\r\n\r\n'],
    [
      'its own framing only',
      request('GET', ['transfer-encoding', 'gzip'], [':foo', '1']),
      null,
      'GET /p HTTP/1.1\r\nhost: a.test\r\n\r\n',
    ],
    [
      'an upgrade without framing',
      request('GET', ['connection', 'keep-alive, Upgrade'], ['upgrade', 'websocket']),
      [],
      'GET /p HTTP/1.1\r\nhost: a.test\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\r\n',
    ],
    ['CONNECT with its authority', request('CONNECT'), [], 'CONNECT a.test HTTP/1.1\r\nhost: a.test\r\n\r\n'],
  ])('%s', async (_, headers, body, wanted) => {
    const { connection, upstream } = await wire.client()
    const stream = connection.newStream(new RecordedResponse())
    stream.head(headers, body === null)
    for (const [i, piece] of (body ?? []).entries()) stream.data(bytes(piece), 0, piece.length, i + 1 === body!.length)
    await upstream.until((received) => received.length >= wanted.length)
    expect(upstream.received).toBe(wanted)
  })

  it.each<[string, HeaderMap]>([
    ['a line break in a value', request('GET', ['x', 'a\r\nb: c'])],
    ['a blank in the method', request('GET / HTTP/1.1')],
    [
      'a blank in the path',
      HeaderMap.from([
        [':path', '/a b'],
        [':method', 'GET'],
      ]),
    ],
    [
      'an empty path',
      HeaderMap.from([
        [':path', ''],
        [':method', 'GET'],
      ]),
    ],
    ['a length that is none', request('POST', ['content-length', 'x'])],
    ['a length without body', request('POST', ['content-length', '3'])],
  ])('nothing at all when there is %s', async (_, headers) => {
    const { connection, upstream } = await wire.client()
    const response = new RecordedResponse()
    connection.newStream(response).head(headers, true)
    expect(response.resetReason).toBe('codec_error')
    expect(await upstream.ended()).toBe('')
    expect((connection.options.log as MemoryLogger).lines).toHaveLength(1)
  })

  it('never more body than announced', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    stream.head(request('POST', ['content-length', '3']), false)
    stream.data(bytes('abcGET / HTTP/1.1\r\n\r\n'), 0, 21, true)
    expect(response.resetReason).toBe('codec_error')
    expect(await upstream.ended()).not.toContain('GET')
    while (pool.closed.length === 0) await settle()
    expect(pool.ended).toEqual([])
  })
})

describe('Http1ClientConnection with whole URLs', () => {
  it('writes none that would end in the middle', async () => {
    const { connection } = await wire.client({ sendsWholeUrl: true })
    const response = new RecordedResponse()
    const head = request('GET')
    head.set(':scheme', 'http x')
    connection.newStream(response).head(head, true)
    expect(response.resetReason).toBe('codec_error')
  })
})

describe('Http1ClientConnection reads', () => {
  it('one response after the other on one connection', async () => {
    const { connection, upstream, pool } = await wire.client()
    for (let i = 1; i <= 3; i++) {
      const response = new RecordedResponse()
      connection.newStream(response).head(request('GET'), true)
      await upstream.until((received) => received.split('\r\n\r\n').length > i)
      upstream.send(OK)
      await finished(response)
      await settle()
      expect(response).toMatchObject({ body: 'ok', isComplete: true })
      expect(pool.ended).toHaveLength(i)
    }
    expect(pool.ended).toEqual([true, true, true])
  })

  it('interim heads before the response', async () => {
    const { connection, upstream } = await wire.client()
    const response = new RecordedResponse()
    connection.newStream(response).head(request('GET'), true)
    upstream.send(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}`)
    await finished(response)
    expect(response.interim).toEqual([[':status: 100'], [':status: 103', 'link: x']])
    expect(response.headers).toEqual([':status: 200', 'content-length: 2'])
  })

  it('the fields as they came, those of the hop included', async () => {
    const { connection, upstream } = await wire.client()
    const response = new RecordedResponse()
    connection.newStream(response).head(request('GET'), true)
    upstream.send(
      'HTTP/1.1 200 OK\r\nX: 1\r\nVia: a\r\nVia: b\r\nSet-Cookie: a\r\nset-cookie: b\r\nConnection: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    )
    await finished(response)
    expect(response.headers).toEqual([
      ':status: 200',
      'x: 1',
      'via: a,b',
      'set-cookie: a',
      'set-cookie: b',
      'connection: x',
      'transfer-encoding: chunked',
    ])
  })

  it('pieces that are lent until the receiver returns', async () => {
    const { connection, upstream } = await wire.client()
    const pieces: Buffer[] = []
    const response = new RecordedResponse()
    response.data = (piece, start, end, endStream) => {
      pieces.push(keep(piece, start, end))
      if (endStream) response.onEnd?.()
    }
    const stream = connection.newStream(response)
    stream.head(request('GET'), true)
    const done = finished(response)
    const body = Buffer.from(Array.from({ length: 500_000 }, (_, i) => 97 + (i % 26)))
    upstream.send(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`)
    upstream.socket.write(body)
    await done
    expect(Buffer.concat(pieces).equals(body)).toBe(true)
  })

  it('nothing while its receiver pauses', async () => {
    const { connection, upstream } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    stream.head(request('GET'), true)
    stream.pauseReads()
    await upstream.has('\r\n\r\n')
    upstream.socket.write(Buffer.concat([bytes('HTTP/1.1 200 OK\r\ncontent-length: 20000000\r\n\r\n'), Buffer.alloc(20_000_000)]))
    for (let i = 0; i < 50; i++) await settle()
    expect(response.body.length).toBe(0)
    expect(connection.socket.bytesRead).toBeLessThan(1_000_000)
    stream.resumeReads()
    await finished(response)
    expect(response.body.length).toBe(20_000_000)
  })

  it('a body that came while its receiver paused, and its end, after the resume', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    response.head = (headers, endStream) => {
      RecordedResponse.prototype.head.call(response, headers, endStream)
      stream.pauseReads()
    }
    stream.head(request('GET'), true)
    upstream.send(OK)
    while (response.headers.length === 0) await settle()
    for (let i = 0; i < 5; i++) await settle()
    expect(response).toMatchObject({ body: '', isComplete: false })
    stream.resumeReads()
    expect(response.body).toBe('')
    await finished(response)
    await settle()
    expect(response.body).toBe('ok')
    expect(pool.ended).toEqual([true])
  })

  it('a body up to the end that comes while its receiver pauses', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    response.head = (headers, endStream) => {
      RecordedResponse.prototype.head.call(response, headers, endStream)
      stream.pauseReads()
    }
    stream.head(request('GET'), true)
    upstream.socket.end('HTTP/1.1 200 OK\r\n\r\nabc')
    while (response.headers.length === 0) await settle()
    stream.resumeReads()
    await finished(response)
    expect(response).toMatchObject({ body: 'abc', isComplete: true, resetReason: '' })
    while (pool.closed.length === 0) await settle()
    expect(pool.ended).toEqual([false])
  })
})

describe('Http1ClientConnection switches protocols', () => {
  const UPGRADE: [string, string][] = [
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
  ]

  it('on 101 passes both directions until both have ended', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    stream.head(request('GET', ...UPGRADE), false)
    await upstream.has('\r\n\r\n')
    upstream.send('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nhello')
    while (response.body !== 'hello') await settle()
    stream.data(bytes('HTTP/1.1'), 0, 8, false)
    await upstream.has('HTTP/1.1')
    stream.data(bytes('bye'), 0, 3, true)
    expect(await upstream.ended()).toMatch(/HTTP\/1\.1bye$/)
    upstream.socket.end('last')
    await finished(response)
    expect(response).toMatchObject({ body: 'hellolast', isComplete: true })
    while (pool.closed.length === 0) await settle()
    expect(pool.ended).toEqual([false])
  })

  it('is reusable after a refused switch', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    connection.newStream(response).head(request('GET', ...UPGRADE), false)
    await upstream.has('\r\n\r\n')
    upstream.send(OK)
    await finished(response)
    await settle()
    expect(pool.ended).toEqual([true])
  })

  it('sends nothing behind a refused CONNECT: it would be read as a request', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    stream.head(request('CONNECT'), false)
    await upstream.has('\r\n\r\n')
    upstream.send('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nn')
    while (response.body !== 'n') await settle()
    stream.data(bytes('GET / HTTP/1.1\r\n\r\n'), 0, 18, false)
    upstream.send('o')
    await finished(response)
    expect([await upstream.ended(), pool.ended]).toEqual(['CONNECT a.test HTTP/1.1\r\nhost: a.test\r\n\r\n', [false]])
  })

  it('is not reusable after a refused switch when bytes were sent early', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    stream.head(request('GET', ...UPGRADE), false)
    stream.data(bytes('raw'), 0, 3, false)
    await upstream.has('raw')
    upstream.send(OK)
    await finished(response)
    await settle()
    expect(pool.ended).toEqual([false])
  })
})

describe('Http1ClientConnection watches its write queue', () => {
  it('tells the stream of a slow upstream to stop and to go on', async () => {
    const { connection, upstream } = await wire.client({ bufferLimit: 10_000 })
    upstream.socket.pause()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    stream.head(request('POST'), false)
    while (response.highs === 0) {
      stream.data(Buffer.alloc(50_000), 0, 50_000, false)
      await settle()
    }
    upstream.socket.resume()
    while (response.lows === 0) await settle()
    expect(response).toMatchObject({ highs: 1, lows: 1 })
  })
})
