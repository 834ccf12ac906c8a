/** The upstream codec of HTTP/2 against Node's server. */
import { once } from 'node:events'
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ResponseReceiver } from '../../../host/http/codec.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Http2ClientConnection, type Http2ClientOptions } from '../../../host/http2/client.ts'
import { isCarriedHead, isCarriedTrailers } from '../../../host/http2/request-fields.ts'
import { Http2Statistics } from '../../../host/http2/statistics.ts'
import { buildHttp2 } from '../../../host/config/build/http2-options.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { systemClock } from '../../../host/util/clock.ts'
import { systemRandom } from '../../../host/util/random.ts'
import { systemTimers } from '../../../host/util/timers.ts'
import { poll } from '../../support/poll.ts'

class Receiver implements ResponseReceiver {
  readonly seen: string[] = []

  informational(headers: HeaderMap): void {
    this.seen.push(`interim ${headers.get(':status')}`)
  }
  head(headers: HeaderMap, endStream: boolean): void {
    this.seen.push(`head ${headers.get(':status')} ${headers.getAll('x-a').join('+')}${endStream ? ' end' : ''}`)
  }
  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.seen.push(`data ${bytes.latin1Slice(start, end)}${endStream ? ' end' : ''}`)
  }
  trailers(trailers: HeaderMap): void {
    this.seen.push(`trailers ${trailers.fields.join('=')}`)
  }
  onReset(reason: string): void {
    this.seen.push(`reset ${reason}`)
  }
  onAboveHighWatermark(): void {
    this.seen.push('slow')
  }
  onBelowLowWatermark(): void {
    this.seen.push('ready')
  }
}

/** What the pool hears. */
class Owner {
  readonly heard: string[] = []
  onConnected(): void {
    this.heard.push('connected')
  }
  onStreamEnded(): void {
    this.heard.push('ended')
  }
  onStreamReset(reason: string): void {
    this.heard.push(`reset ${reason}`)
  }
  onCapacityChanged(): void {}
  onGoAway(): void {
    this.heard.push('goaway')
  }
  onClosed(reason: string, details: string): void {
    this.heard.push(`closed ${reason} ${details}`)
  }
}

let server: Http2Server
let sessions: ServerHttp2Session[]
let answer: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void
const OPTIONS: Http2ClientOptions = {
  http2: buildHttp2(undefined),
  limits: { maxHeadBytes: 60 * 1024, maxHeaders: 100 },
  statistics: new Http2Statistics(createStatsStore({ writers: 1 }), 'cluster.c.http2.'),
  clock: systemClock,
  timers: systemTimers(systemClock),
  random: systemRandom,
  log: { enabled: () => false, log: () => {}, level: 6 },
}

beforeEach(async () => {
  sessions = []
  server = createServer()
  server.on('session', (session) => sessions.push(session))
  server.on('stream', (stream, headers) => answer(stream as ServerHttp2Stream, headers))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  for (const session of sessions) session.destroy()
  server.close()
})

function connectTo(port: number, owner: Owner): Http2ClientConnection {
  return new Http2ClientConnection(OPTIONS, owner, (onread) => connect({ host: '127.0.0.1', port, noDelay: true, onread }))
}

async function connected(): Promise<{ owner: Owner; connection: Http2ClientConnection }> {
  const owner = new Owner()
  const connection = connectTo((server.address() as AddressInfo).port, owner)
  await poll(
    () => owner.heard,
    (heard) => heard.includes('connected'),
    2000,
  )
  return { owner, connection }
}

function head(more: readonly (readonly [string, string])[] = []): HeaderMap {
  return HeaderMap.from([[':method', 'POST'], [':path', '/p'], [':authority', 'a.test'], [':scheme', 'http'], ...more])
}

/** What the receiver has seen once `last` is among it. */
function until(receiver: Receiver, last: string): Promise<string[]> {
  return poll(
    () => receiver.seen,
    (seen) => seen.some((one) => one.startsWith(last)),
    2000,
  )
}

describe('Http2ClientConnection', () => {
  it('carries head, body and trailers, repeated fields one by one', async () => {
    answer = (stream, headers) => {
      stream.respond({ 'x-a': [String(headers['x-b']), 'two'] }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.on('data', (bytes) => stream.write(bytes))
      stream.on('end', () => stream.end())
    }
    const { owner, connection } = await connected()
    const receiver = new Receiver()
    const stream = connection.newStream(receiver)
    stream.head(head([['x-b', 'é']]), false)
    stream.data(Buffer.from('body'), 0, 4, true)
    expect(await until(receiver, 'trailers')).toEqual(['head 200 é+two', 'data body', 'trailers grpc-status=0'])
    expect(
      await poll(
        () => owner.heard,
        (heard) => heard.includes('ended'),
        2000,
      ),
    ).toEqual(['connected', 'ended'])
    connection.close()
  })

  it('tells of an answer without a body, and of one without trailers', async () => {
    answer = (stream, headers) => {
      const hasBody = headers[':path'] === '/body'
      stream.respond({}, { endStream: !hasBody })
      if (hasBody) stream.end('text')
    }
    const { connection } = await connected()
    const [empty, body] = [new Receiver(), new Receiver()]
    connection.newStream(empty).head(head(), true)
    const other = head()
    other.set(':path', '/body')
    connection.newStream(body).head(other, true)
    expect(await until(empty, 'head')).toEqual(['head 200  end'])
    expect(await until(body, 'data text end')).toEqual(['head 200 ', 'data text end'])
    connection.close()
  })

  it('tells a reset stream from a connection that is gone', async () => {
    answer = (stream) => stream.close(8)
    const { owner, connection } = await connected()
    const receiver = new Receiver()
    connection.newStream(receiver).head(head(), true)
    expect(await until(receiver, 'reset')).toEqual(['reset remote_reset'])
    answer = () => sessions[0]!.destroy()
    const cut = new Receiver()
    connection.newStream(cut).head(head(), true)
    expect(await until(cut, 'reset')).toEqual(['reset connection_termination'])
    expect(owner.heard.filter((one) => one !== 'goaway')).toEqual([
      'connected',
      'ended',
      'reset remote_reset',
      'closed connection_termination ',
    ])
  })

  it('hears the goodbye of the peer and finishes what it has begun', async () => {
    let open: ServerHttp2Stream | null = null
    answer = (stream) => {
      open = stream
      sessions[0]!.goaway()
    }
    const { owner, connection } = await connected()
    const receiver = new Receiver()
    connection.newStream(receiver).head(head(), true)
    await poll(
      () => owner.heard,
      (heard) => heard.includes('goaway'),
      2000,
    )
    open!.respond({}, { endStream: true })
    expect(await until(receiver, 'head')).toEqual(['head 200  end'])
  })

  it('holds an answer back while its reader pauses', async () => {
    answer = (stream) => {
      stream.respond({})
      stream.end('text')
    }
    const { connection } = await connected()
    const receiver = new Receiver()
    const stream = connection.newStream(receiver)
    stream.pauseReads()
    stream.head(head(), true)
    await until(receiver, 'head')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(receiver.seen).toEqual(['head 200 '])
    stream.resumeReads()
    expect(await until(receiver, 'data')).toEqual(['head 200 ', 'data text end'])
    connection.close()
  })

  it('says nothing more of a stream that was given up', async () => {
    answer = (stream) => {
      stream.on('error', () => {})
      stream.respond({})
      stream.write('x')
    }
    const { owner, connection } = await connected()
    const receiver = new Receiver()
    const stream = connection.newStream(receiver)
    stream.head(head(), false)
    await until(receiver, 'data')
    stream.reset('local_reset')
    await poll(
      () => owner.heard,
      (heard) => heard.includes('ended'),
      2000,
    )
    expect(receiver.seen).toEqual(['head 200 ', 'data x'])
    connection.close()
  })

  it('tells why it could not connect', async () => {
    const { port } = server.address() as AddressInfo
    server.close()
    const owner = new Owner()
    connectTo(port, owner)
    await poll(
      () => owner.heard,
      (heard) => heard.length > 0,
      2000,
    )
    expect(owner.heard).toEqual(['closed remote_connection_failure delayed connect error: Connection refused'])
  })

  it('resets a stream whose head HTTP/2 cannot carry', async () => {
    const { owner, connection } = await connected()
    const receiver = new Receiver()
    connection.newStream(receiver).head(head([['connection', 'close']]), true)
    expect(receiver.seen).toEqual([])
    expect(await until(receiver, 'reset')).toEqual(['reset protocol_error'])
    expect(owner.heard).toEqual(['connected', 'ended', 'reset local_reset'])
    connection.close()
  })
})

describe('isCarriedHead', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['te', 'gzip'],
    ['upgrade', 'websocket'],
    ['transfer-encoding', 'gzip'],
    [':foo', 'x'],
    ['x a', 'b'],
    ['x-a', 'a\r\nb'],
  ]
  it.each(refused)('refuses %s: %j', (name, value) => {
    expect(isCarriedHead(head([[name, value]]))).toBe(false)
  })

  it.each([
    [':method', 'GET,POST'],
    [':scheme', 'http,https'],
    [':path', '/a b'],
    [':authority', 'a b'],
  ])('refuses %s: %j', (name, value) => {
    const map = head()
    map.set(name, value)
    expect(isCarriedHead(map)).toBe(false)
  })

  it('lets chunking pass, which is left out, and trailers of HTTP/2', () => {
    const [chunking, trailers] = [head([['transfer-encoding', 'chunked']]), head([['te', 'trailers']])]
    expect([isCarriedHead(chunking), isCarriedHead(trailers)]).toEqual([true, true])
  })

  it('takes no pseudo header for a trailer, and nothing that breaks a line', () => {
    const trailer = (name: string, value: string): boolean => isCarriedTrailers(HeaderMap.from([[name, value]]))
    expect([trailer('x-a', 'a b'), trailer(':path', '/'), trailer('x-a', 'a\nb'), trailer('te', 'gzip')]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})
