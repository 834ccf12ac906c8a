import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OK, bytes, finished, request } from './client-fixture.ts'
import { RecordedResponse, RecordingPool, clientOptions } from './recording.ts'
import { connectTo, Wire, settle } from './wire.ts'

let wire: Wire
beforeEach(() => {
  wire = new Wire()
})
afterEach(() => wire.close())

describe('Http1ClientConnection ends', () => {
  it('tells why it could not be made', async () => {
    const pool = new RecordingPool()
    const gone = new Promise<void>((resolve) => {
      pool.onGone = resolve
    })
    connectTo(await wire.deadPort(), pool, clientOptions())
    await gone
    expect(pool).toMatchObject({ connected: 0, closed: ['remote_connection_failure delayed connect error: Connection refused'] })
  })

  it('when an idle connection gets bytes', async () => {
    const { upstream, pool } = await wire.client()
    upstream.send(OK)
    while (pool.closed.length === 0) await settle()
    expect(pool.closed).toEqual(['connection_termination'])
  })

  it.each([
    ['gets bytes', (socket: Socket) => void socket.write(OK)],
    ['is closed by the upstream', (socket: Socket) => void socket.end()],
  ])('at once when an idle connection %s: no request may be given to it', async (_, act) => {
    const { connection, upstream, pool } = await wire.client()
    const seen: string[] = []
    connection.socket.prependListener('close', () => void seen.push('socket closed'))
    pool.onGone = () => void seen.push(`told while ${connection.state}`)
    act(upstream.socket)
    while (seen.length < 2) await settle()
    expect(seen).toEqual(['told while closed', 'socket closed'])
    expect(pool.closed).toEqual(['connection_termination'])
  })

  it.each<[string, string]>([
    ['HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
  ])('with the answer to %s when more than %j comes: it answers nobody else', async (method, head) => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    connection.newStream(response).head(request(method), true)
    await upstream.has('\r\n\r\n')
    upstream.send(head + OK)
    await finished(response)
    expect(response.isComplete).toBe(true)
    expect(pool.ended).toEqual([false])
    while (pool.closed.length === 0) await settle()
  })

  it('when an idle connection is closed by the upstream', async () => {
    const { upstream, pool } = await wire.client()
    upstream.socket.end()
    while (pool.closed.length === 0) await settle()
    expect(pool.ended).toEqual([])
  })

  it.each<[string, string, string]>([
    ['before the head', '', 'connection_termination'],
    ['in the head', 'HTTP/1.1 200 OK\r\n', 'protocol_error'],
    ['in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', 'protocol_error'],
  ])('with a reset of the stream when the upstream leaves %s', async (_, text, reason) => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    connection.newStream(response).head(request('GET'), true)
    await upstream.has('\r\n\r\n')
    upstream.socket.end(text)
    await finished(response)
    expect(response.resetReason).toBe(reason)
    while (pool.closed.length === 0) await settle()
    expect(pool.ended).toEqual([])
  })

  it('with connection_termination when the upstream resets the connection', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    connection.newStream(response).head(request('GET'), true)
    await upstream.has('\r\n\r\n')
    upstream.socket.resetAndDestroy()
    await finished(response)
    expect(response.resetReason).toBe('connection_termination')
    while (pool.closed.length === 0) await settle()
  })

  it('after a response that did not wait for the request', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    stream.head(request('POST'), false)
    await upstream.has('\r\n\r\n')
    upstream.send(OK)
    await finished(response)
    stream.data(bytes('late'), 0, 4, true)
    expect(await upstream.ended()).not.toContain('late')
    while (pool.closed.length === 0) await settle()
    expect(pool.ended).toEqual([false])
  })

  it('when its stream is reset, without a word to the receiver', async () => {
    const { connection, upstream, pool } = await wire.client()
    const response = new RecordedResponse()
    const stream = connection.newStream(response)
    stream.head(request('GET'), true)
    await upstream.has('\r\n\r\n')
    stream.reset('local_reset')
    await upstream.ended()
    while (pool.closed.length === 0) await settle()
    expect(response.resetReason).toBe('')
  })

  it('tells its stream when the pool closes it', async () => {
    const { connection, pool } = await wire.client()
    const response = new RecordedResponse()
    connection.newStream(response).head(request('GET'), true)
    connection.close()
    expect(response.resetReason).toBe('connection_termination')
    while (pool.closed.length === 0) await settle()
  })
})
