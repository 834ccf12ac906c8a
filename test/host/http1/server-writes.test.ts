import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { HTTP1_DEFAULTS } from './corpus.ts'
import { MemoryLogger, respond, type RecordedRequest } from './recording.ts'
import { GET, answering, bytes, head, inMemory } from './server-fixture.ts'
import { Wire } from './wire.ts'

let wire: Wire
beforeEach(() => {
  wire = new Wire()
})
afterEach(() => wire.close())

describe('Http1ServerConnection writes', () => {
  it('head and body in one write', () => {
    const { socket, receive } = inMemory(answering(({ stream }) => respond(stream, 200, 'hello')))
    receive(GET)
    expect(socket.written).toBe('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello')
    expect(socket.writes).toBe(1)
  })

  it.each<[string, string, (request: RecordedRequest) => void, string]>([
    [
      'chunks without length',
      GET,
      ({ stream }) => {
        stream.head(head(), false)
        stream.data(bytes('abc'), 0, 3, false)
        stream.data(bytes('xdex'), 1, 3, true)
      },
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    ],
    [
      'content-length: 0 last for a response without body',
      GET,
      ({ stream }) => stream.head(head(['x', '1']), true),
      'HTTP/1.1 200 OK\r\nx: 1\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'no framing for 204',
      GET,
      ({ stream }) => stream.head(HeaderMap.from([[':status', '204']]), true),
      'HTTP/1.1 204 No Content\r\n\r\n',
    ],
    [
      'no body for 204 that has one',
      GET,
      ({ stream }) => {
        stream.head(
          HeaderMap.from([
            [':status', '204'],
            ['content-length', '1'],
          ]),
          false,
        )
        stream.data(bytes('a'), 0, 1, true)
      },
      'HTTP/1.1 204 No Content\r\n\r\n',
    ],
    [
      'the length but no body for HEAD',
      'HEAD / HTTP/1.1\r\nhost: a\r\n\r\n',
      ({ stream }) => {
        stream.head(head(['content-length', '3']), false)
        stream.data(bytes('abc'), 0, 3, true)
      },
      'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n',
    ],
    [
      "Envoy's guess for HEAD without length",
      'HEAD / HTTP/1.1\r\nhost: a\r\n\r\n',
      ({ stream }) => stream.head(head(), true),
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
    ],
    [
      'no body for 304',
      GET,
      ({ stream }) =>
        stream.head(
          HeaderMap.from([
            [':status', '304'],
            ['content-length', '3'],
          ]),
          true,
        ),
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n',
    ],
    [
      'no fields of the hop',
      GET,
      ({ stream }) =>
        stream.head(
          head(
            ['connection', 'x'],
            ['keep-alive', '5'],
            ['transfer-encoding', 'gzip'],
            ['upgrade', 'h2c'],
            ['proxy-connection', 'close'],
            ['x', '1'],
          ),
          true,
        ),
      'HTTP/1.1 200 OK\r\nx: 1\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'interim heads',
      GET,
      ({ stream }) => {
        stream.informational(
          HeaderMap.from([
            [':status', '100'],
            ['link', 'x'],
          ]),
        )
        stream.head(head(), true)
      },
      'HTTP/1.1 100 Continue\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'connection: close before the framing when asked to',
      GET,
      ({ stream }) => {
        stream.closeAfterResponse()
        stream.head(head(), true)
      },
      'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
    ],
  ])('%s', (_, request, answer, wanted) => {
    const { socket, receive } = inMemory(answering(answer))
    receive(request)
    expect(socket.written).toBe(wanted)
  })

  it('trailers when they are enabled, the plain end when not', () => {
    for (const enableTrailers of [true, false]) {
      const owner = answering(({ stream }) => {
        stream.head(head(), false)
        stream.trailers(HeaderMap.from([['x-t', '1']]))
      })
      const { socket, receive } = inMemory(owner, { http1: { ...HTTP1_DEFAULTS, enableTrailers } })
      receive(GET)
      expect(socket.written).toBe(
        `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${enableTrailers ? 'x-t: 1\r\n' : ''}\r\n`,
      )
    }
  })

  it('HTTP/1.0 without chunks, up to the end of the connection', () => {
    const owner = answering(({ stream }) => {
      stream.head(head(), false)
      stream.data(bytes('abc'), 0, 3, true)
    })
    const { socket, receive } = inMemory(owner, { http1: { ...HTTP1_DEFAULTS, acceptHttp10: true } })
    receive('GET / HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n')
    expect(socket.written).toBe('HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nabc')
    expect(socket.isEnded).toBe(true)
  })

  it('connection: keep-alive to an HTTP/1.0 client that asked for it', () => {
    const owner = answering(({ stream }) => respond(stream, 200, 'ok'))
    const { socket, receive } = inMemory(owner, { http1: { ...HTTP1_DEFAULTS, acceptHttp10: true } })
    receive('GET / HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n')
    expect(socket.written).toBe('HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok')
    expect(socket.isEnded).toBe(false)
  })
})

describe('Http1ServerConnection never writes what another message could be made of', () => {
  it.each(['a\r\nb: c', 'a\nb', 'a\0b'])('%j in a value resets the stream', (value) => {
    const { socket, receive, timers, connection } = inMemory(answering(({ stream }) => stream.head(head(['x', value]), true)))
    receive(GET)
    expect(socket.written).toBe('')
    timers.fire()
    expect(socket.destroyed).toBe(true)
    expect((connection.log as MemoryLogger).lines).toHaveLength(1)
  })

  it('more bytes than announced: the surplus is dropped and the stream reset', () => {
    const owner = answering(({ stream }) => {
      stream.head(head(['content-length', '3']), false)
      stream.data(bytes('abcdef'), 0, 6, false)
      stream.data(bytes('ghi'), 0, 3, true)
    })
    const { socket, receive, timers } = inMemory(owner)
    receive(GET + GET)
    expect(socket.written).toBe('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc')
    timers.fire()
    expect(socket.destroyed).toBe(true)
    expect(owner.requests.map(({ resetReason }) => resetReason)).toEqual(['codec_error'])
  })

  it.each([0, 2])('fewer bytes than announced (%i of 3): the stream is reset', (count) => {
    const owner = answering(({ stream }) => {
      stream.head(head(['content-length', '3']), count === 0)
      if (count > 0) stream.data(bytes('abc'), 0, count, true)
    })
    const { socket, receive, timers } = inMemory(owner)
    receive(GET)
    timers.fire()
    expect(socket.destroyed).toBe(true)
    expect(owner.requests[0]!.resetReason).toBe('codec_error')
  })
})
