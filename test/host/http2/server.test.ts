/** A server connection of HTTP/2 without a network: its windows, pauses, ends and timers, frame by frame. */
import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { buildHttp2 } from '../../../host/config/build/http2-options.ts'
import {
  ACK,
  END_HEADERS,
  END_STREAM,
  OPENING,
  block,
  frame,
  get,
  number32,
  readFrames,
  request,
  type SeenFrame,
} from '../../support/http2-frames.ts'
import { ManualTimers, RecordingServer, respond } from '../http1/recording.ts'
import { ManualClock, http2InMemory, http2ServerOptions, type InMemory } from './recording.ts'

const HTTP2 = buildHttp2(undefined)
const POST = block([':method', 'POST'], [':scheme', 'http'], [':authority', 'a.test'], [':path', '/'])

interface Talk extends InMemory {
  readonly owner: RecordingServer
  readonly timers: ManualTimers
  /** Sends frames; returns those that came, SETTINGS and their acknowledgement left out. */
  talk(...frames: Buffer[]): SeenFrame[]
}

function open(changes: Parameters<typeof http2ServerOptions>[0] = {}): Talk {
  const owner = new RecordingServer()
  const timers = new ManualTimers()
  const memory = http2InMemory(owner, http2ServerOptions({ timers, ...changes }))
  memory.exchange(OPENING)
  memory.exchange(frame('SETTINGS', ACK, 0))
  const talk = (...frames: Buffer[]): SeenFrame[] => readFrames(memory.exchange(Buffer.concat(frames)))
  return { ...memory, owner, timers, talk }
}

function stories(frames: readonly SeenFrame[]): string[] {
  return frames.map(({ type, flags, id, payload }) => {
    const end = (type === 'DATA' || type === 'HEADERS') && (flags & END_STREAM) !== 0 ? '+END' : ''
    const size = type === 'DATA' ? ` ${payload.length}` : ''
    const number = type === 'WINDOW_UPDATE' || type === 'RST_STREAM' ? ` ${payload.readUInt32BE(0)}` : ''
    return `${type}${end} #${id}${size}${number}`
  })
}

const OK = (): HeaderMap => HeaderMap.from([[':status', '200']])

describe('what waits to be sent', () => {
  it('leaves as the windows of stream and connection allow, and tells its producer', () => {
    const { talk, owner } = open()
    talk(get(1, '/'))
    const [seen] = owner.requests
    seen!.stream.head(OK(), false)
    seen!.stream.data(Buffer.alloc(200_000), 0, 200_000, false)
    expect(stories(talk())).toEqual(['HEADERS #1', 'DATA #1 16384', 'DATA #1 16384', 'DATA #1 16384', 'DATA #1 16383'])
    expect([seen!.highs, seen!.lows]).toEqual([1, 0])
    expect(stories(talk(frame('WINDOW_UPDATE', 0, 1, number32(200_000))))).toEqual([])
    const more = talk(frame('WINDOW_UPDATE', 0, 0, number32(120_000)))
    expect(more.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(120_000)
    expect([seen!.highs, seen!.lows]).toEqual([1, 1])
  })

  it('ends with its last byte, however late the end was told, or with trailers', () => {
    const { talk, owner } = open()
    talk(frame('SETTINGS', 0, 0, Buffer.from([0, 4, 0, 0, 0, 3])), get(1, '/'), get(3, '/'), get(5, '/'))
    for (const { stream } of owner.requests) stream.head(OK(), false)
    const [whole, empty, trailed] = owner.requests
    whole!.stream.data(Buffer.from('abcdef'), 0, 6, true)
    empty!.stream.data(Buffer.from('abcdef'), 0, 6, false)
    empty!.stream.data(Buffer.alloc(0), 0, 0, true)
    trailed!.stream.data(Buffer.from('abcdef'), 0, 6, false)
    trailed!.stream.trailers(HeaderMap.from([['x-t', 'v']]))
    talk()
    const window = (id: number): Buffer => frame('WINDOW_UPDATE', 0, id, number32(3))
    expect(stories(talk(window(1), window(3), window(5)))).toEqual([
      'DATA+END #1 3',
      'DATA+END #3 3',
      'DATA #5 3',
      'HEADERS+END #5',
    ])
  })

  it('shrinks below zero with the setting, and goes on when it is positive again', () => {
    const { talk, owner } = open()
    talk(get(1, '/'))
    owner.requests[0]!.stream.head(OK(), false)
    owner.requests[0]!.stream.data(Buffer.alloc(1000), 0, 1000, false)
    talk(frame('SETTINGS', 0, 0, Buffer.from([0, 4, 0, 0, 1, 0])))
    owner.requests[0]!.stream.data(Buffer.alloc(10), 0, 10, true)
    expect(stories(talk())).toEqual([])
    expect(stories(talk(frame('WINDOW_UPDATE', 0, 1, number32(744))))).toEqual([])
    expect(stories(talk(frame('WINDOW_UPDATE', 0, 1, number32(10))))).toEqual(['DATA+END #1 10'])
  })

  it('is forgotten with its stream, though no window opens', () => {
    const { talk, owner, connection } = open()
    talk(frame('SETTINGS', 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])))
    for (let id = 1; id < 200; id += 2) {
      talk(get(id, '/'))
      respond(owner.requests.at(-1)!.stream, 200, 'ok')
      talk(frame('RST_STREAM', 0, id, number32(8)))
    }
    expect([connection.isGone, connection.activeStreams, connection.waiting.length]).toEqual([false, 0, 0])
  })

  it('is given up when the client takes nothing for too long', () => {
    const clock = new ManualClock()
    const { talk, owner, timers, connection } = open({ flushTimeout: 1000, clock })
    talk(frame('SETTINGS', 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])), get(1, '/'))
    respond(owner.requests[0]!.stream, 200, 'ok')
    talk()
    clock.millis += 1000
    timers.fire()
    expect(stories(talk())).toEqual(['RST_STREAM #1 0'])
    expect(connection.activeStreams).toBe(0)
  })
})

describe('what is received', () => {
  it('waits while its receiver pauses, and is not allowed anew before it is taken', async () => {
    const half = HTTP2.initialStreamWindow / 2
    const { talk, owner } = open()
    talk(frame('HEADERS', END_HEADERS, 1, POST))
    const [seen] = owner.requests
    seen!.stream.pauseReads()
    const piece = frame('DATA', 0, 1, Buffer.alloc(16_384))
    for (let i = 0; i < half / 16_384; i++) expect(talk(piece)).toEqual([])
    expect(seen!.body).toBe('')
    talk(frame('DATA', END_STREAM, 1, Buffer.from('z')))
    seen!.stream.resumeReads()
    await new Promise((resolve) => void setImmediate(resolve))
    expect(seen!.body.length).toBe(half + 1)
    expect(seen!.isComplete).toBe(true)
  })

  it('is allowed anew by the half of a window', () => {
    const { talk } = open({ http2: { ...HTTP2, initialStreamWindow: 65_536, initialConnectionWindow: 65_536 } })
    talk(frame('HEADERS', END_HEADERS, 1, POST))
    expect(talk(frame('DATA', 0, 1, Buffer.alloc(16_384)))).toEqual([])
    expect(stories(talk(frame('DATA', 0, 1, Buffer.alloc(16_384))))).toEqual(['WINDOW_UPDATE #0 32768', 'WINDOW_UPDATE #1 32768'])
  })

  it('of a stream that was reset counts for the connection', () => {
    const { talk, owner } = open({ http2: { ...HTTP2, initialConnectionWindow: 65_536 } })
    talk(frame('HEADERS', END_HEADERS, 1, POST))
    owner.requests[0]!.stream.reset('local_reset')
    expect(stories(talk())).toEqual(['RST_STREAM #1 2'])
    talk(frame('DATA', 0, 1, Buffer.alloc(16_384)))
    expect(stories(talk(frame('DATA', 0, 1, Buffer.alloc(16_384))))).toEqual(['WINDOW_UPDATE #0 32768'])
  })

  it('may come in single bytes', () => {
    const { talk, owner } = open()
    const bytes = Buffer.concat([
      frame('HEADERS', END_HEADERS, 1, POST),
      frame('DATA', END_STREAM, 1, Buffer.from('abc')),
      get(3, '/'),
    ])
    for (const byte of bytes) talk(Buffer.from([byte]))
    expect(owner.requests.map(({ body, isComplete }) => [body, isComplete])).toEqual([
      ['abc', true],
      ['', true],
    ])
  })
})

describe('the end', () => {
  it('is announced, comes with the answer to PING, and waits for open streams', () => {
    const { talk, connection, owner, socket } = open()
    talk(get(1, '/'))
    connection.announceEnd()
    expect(stories(talk())).toEqual(['GOAWAY #0', 'PING #0'])
    talk(get(3, '/'))
    expect(owner.requests.length).toBe(2)
    const [last] = talk(frame('PING', ACK, 0, Buffer.alloc(8)))
    expect(last!.payload.readUInt32BE(0)).toBe(3)
    expect(stories(talk(get(5, '/')))).toEqual([])
    expect(owner.requests.length).toBe(2)
    for (const { stream } of owner.requests) respond(stream, 200, '')
    talk()
    expect(socket.isEnded).toBe(true)
  })

  it('comes at once when nothing is open', () => {
    const { connection, socket } = open()
    connection.drain()
    expect(socket.isEnded).toBe(true)
  })

  it('of a client that is gone without a word is found by PING', () => {
    const keepalive = { interval: 1000, timeout: 100, jitterPercent: 0, idleInterval: 0 }
    const { talk, timers, socket } = open({ http2: { ...HTTP2, keepalive } })
    timers.fire()
    expect(stories(talk())).toEqual(['PING #0'])
    talk(frame('PING', ACK, 0, Buffer.alloc(8)))
    timers.fire()
    expect(stories(talk())).toEqual(['PING #0'])
    timers.fire()
    expect(socket.destroyed).toBe(true)
  })

  it('tells every open stream', () => {
    const { talk, owner, connection } = open()
    talk(get(1, '/'), frame('HEADERS', END_HEADERS, 3, POST))
    talk(frame('PING', 0, 1, Buffer.alloc(8)))
    expect(owner.requests.map(({ resetReason, resetDetails }) => `${resetReason} ${resetDetails}`)).toEqual([
      'protocol_error codec_error:PING_of_a_stream',
      'protocol_error codec_error:PING_of_a_stream',
    ])
    expect(connection.activeStreams).toBe(0)
  })

  it('of a head that never ends is a 408', () => {
    const { talk, timers, owner } = open({ requestHeadersTimeout: 1000 })
    talk(frame('HEADERS', END_STREAM, 1, request('/').subarray(0, 10)))
    timers.fire()
    expect(owner.refusals.map(({ status }) => status)).toEqual([408])
    expect(stories(talk())).toEqual(['HEADERS #1', 'DATA+END #1 22', 'RST_STREAM #1 0'])
    talk(frame('CONTINUATION', END_HEADERS, 1, request('/').subarray(10)), get(3, '/'))
    expect(owner.requests.length).toBe(1)
  })
})

describe('frames that the peer does not read', () => {
  it('are counted, those that answer its own apart', () => {
    const { talk, owner, connection } = open()
    talk(get(1, '/'))
    talk(...Array.from({ length: 1001 }, () => frame('PING', 0, 0, Buffer.alloc(8))))
    expect(owner.requests[0]!.resetDetails).toBe('codec_error:Too_many_control_frames_in_the_outbound_queue.')
    expect(connection.isGone).toBe(true)
  })
})

describe('a head', () => {
  it('of more than a frame is continued', () => {
    const { talk, owner } = open()
    talk(get(1, '/'))
    owner.requests[0]!.stream.head(
      HeaderMap.from([
        [':status', '200'],
        ['x-a', '~'.repeat(40_000)],
      ]),
      true,
    )
    expect(talk().map(({ type, payload }) => [type, payload.length <= 16_384])).toEqual([
      ['HEADERS', true],
      ['CONTINUATION', true],
      ['CONTINUATION', true],
    ])
  })

  it('of an answer without body ends the stream, whatever follows', () => {
    const { talk, owner } = open()
    talk(
      frame(
        'HEADERS',
        END_HEADERS | END_STREAM,
        1,
        block([':method', 'HEAD'], [':scheme', 'http'], [':authority', 'a'], [':path', '/']),
      ),
    )
    respond(owner.requests[0]!.stream, 200, 'dropped')
    expect(stories(talk())).toEqual(['HEADERS+END #1'])
  })
})
