/** Which streams an upstream connection may begin, and what becomes of them when the peer says that it takes no more. */
import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Http2ClientConnection, type Http2ClientOptions } from '../../../host/http2/client.ts'
import { END_HEADERS, END_STREAM, block, frame, number32 } from '../../support/http2-frames.ts'
import { MemorySocket, RecordedResponse, RecordingPool } from '../http1/recording.ts'
import { http2ClientOptions } from './recording.ts'

const GET = [
  [':method', 'GET'],
  [':path', '/'],
  [':scheme', 'http'],
  [':authority', 'a.test'],
] as const

class Pool extends RecordingPool {
  goodbyes = 0
  override onGoAway(): void {
    this.goodbyes++
  }
}

function connected(changes: Partial<Http2ClientOptions> = {}) {
  const pool = new Pool()
  const socket = new MemorySocket()
  const connection = new Http2ClientConnection(http2ClientOptions(changes), pool, socket.open)
  socket.emit('connect')
  const ask = (): RecordedResponse => {
    const response = new RecordedResponse()
    connection.newStream(response).head(HeaderMap.from(GET), true)
    return response
  }
  return { pool, socket, connection, ask }
}

function limit(streams: number): Buffer {
  return frame('SETTINGS', 0, 0, Buffer.concat([Buffer.from([0, 3]), number32(streams)]))
}

function goAway(lastId: number): Buffer {
  return frame('GOAWAY', 0, 0, Buffer.concat([number32(lastId), number32(0)]))
}

function answer(id: number): Buffer {
  return frame('HEADERS', END_HEADERS | END_STREAM, id, block([':status', '200']))
}

describe('Http2ClientConnection', () => {
  it('takes one stream before the settings of its peer, then what both allow', () => {
    const { connection, socket } = connected()
    expect(connection.maxStreams).toBe(1)
    socket.receive(limit(7))
    expect(connection.maxStreams).toBe(7)
    socket.receive(limit(5000))
    expect(connection.maxStreams).toBe(1024)
    socket.receive(limit(0))
    expect(connection.maxStreams).toBe(0)
  })

  it('resets what GOAWAY leaves out, finishes the others, begins no more', () => {
    const { connection, socket, pool, ask } = connected()
    socket.receive(limit(10))
    const [first, second] = [ask(), ask()]
    socket.receive(goAway(1))
    expect([second.resetReason, first.resetReason, connection.maxStreams]).toEqual(['remote_refused_stream_reset', '', 0])
    socket.receive(answer(1))
    expect([first.isComplete, pool.ended, pool.goodbyes]).toEqual([true, [true, true], 1])
  })

  it('hears a second GOAWAY that leaves out more', () => {
    const { socket, ask } = connected()
    socket.receive(limit(10))
    const response = ask()
    socket.receive(goAway(0x7fffffff))
    expect(response.resetReason).toBe('')
    socket.receive(goAway(0))
    expect(response.resetReason).toBe('remote_refused_stream_reset')
  })

  it('leaves when its identifiers are used up', () => {
    const { connection, socket, pool, ask } = connected()
    socket.receive(limit(10))
    connection.nextId = 0x7ffffffd
    ask()
    expect([connection.maxStreams, pool.goodbyes]).toEqual([10, 0])
    const last = ask()
    expect([connection.maxStreams, pool.goodbyes]).toEqual([0, 1])
    socket.receive(answer(0x7fffffff))
    expect(last.isComplete).toBe(true)
  })

  it('says nothing of a stream that was given up before its head', () => {
    const { connection, socket, pool } = connected()
    connection.output.flush()
    socket.written = ''
    connection.newStream(new RecordedResponse()).reset('local_reset')
    connection.output.flush()
    expect([socket.written, pool.ended]).toEqual(['', [true]])
  })
})
