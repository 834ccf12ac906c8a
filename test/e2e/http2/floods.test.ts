/**
 * Clients of HTTP/2 that cost more than they should: each is told so by GOAWAY or RST_STREAM after a bounded number of
 * frames, is counted under Envoy's name, and others are served meanwhile.
 */
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { END_HEADERS, END_STREAM, FrameClient, block, frame, get, number32, request } from '../../support/http2-frames.ts'
import { serveBefore, type Served } from './origin.ts'

const CANCEL = number32(8)
const EIGHT = Buffer.alloc(8)
/** More than any flood may get through. */
const MANY = 30_000
/** Of one flood, up to GOAWAY: 0.04 to 0.45 s where this was written, most of it the client's. */
const CPU_LIMIT_MILLIS = 3000
/** Of one flood, garbage included: up to 36 MB where this was written. */
const MEMORY_LIMIT = 128 * 1024 * 1024
/** One body for all big answers: what memory grows by is the proxy's. */
const BIG = Buffer.alloc(4 * 1024 * 1024, 'x')

const upstream = createServer((message, response) => {
  message.resume()
  if (message.url === '/big') response.end(BIG)
  else if (message.url !== '/hang') response.end('ok')
})
let host: Host
let port = 0
let served: Served

beforeAll(async () => {
  served = await serveBefore(upstream, { stream_idle_timeout: '1s' })
  host = served.host
  port = served.port
})

afterAll(() => served.stop())

function open(stream: number, path = '/hang'): Buffer {
  return frame('HEADERS', END_HEADERS, stream, request(path))
}

function id(index: number): number {
  return 1 + 2 * index
}

function count(name: string): number {
  return Number((host.stats().find((one) => one.name === name) as { value?: number } | undefined)?.value ?? 0)
}

interface Flood {
  readonly name: string
  /** Sent first. */
  readonly begin?: Buffer
  readonly piece: (index: number) => Buffer
  /** Pieces that are sent before GOAWAY must come; the sockets between us hold some of them. */
  readonly limit: number
  /** The counter that names it. */
  readonly counter: string
  /** The client does not read. */
  readonly isDeaf?: true
}

const CALM = 'http.e2e.downstream_cx_protocol_error'
const PREMATURE = 'http.e2e.downstream_rq_too_many_premature_resets'

const FLOODS: readonly Flood[] = [
  {
    name: 'requests that are cancelled at once',
    piece: (i) => Buffer.concat([get(id(i), '/hang'), frame('RST_STREAM', 0, id(i), CANCEL)]),
    limit: 10_000,
    counter: PREMATURE,
  },
  {
    name: 'requests that make us reset them by an empty WINDOW_UPDATE',
    piece: (i) => Buffer.concat([open(id(i)), frame('WINDOW_UPDATE', 0, id(i), number32(0))]),
    limit: 10_000,
    counter: PREMATURE,
  },
  {
    name: 'requests that make us reset them by DATA behind their end',
    piece: (i) => Buffer.concat([get(id(i), '/hang'), frame('DATA', 0, id(i), EIGHT)]),
    limit: 10_000,
    counter: PREMATURE,
  },
  {
    name: 'requests that make us reset them by PRIORITY of a wrong size',
    piece: (i) => Buffer.concat([open(id(i)), frame('PRIORITY', 0, id(i), EIGHT)]),
    limit: 10_000,
    counter: PREMATURE,
  },
  {
    name: 'requests beyond the streams that a client may have',
    begin: Buffer.concat(Array.from({ length: 1024 }, (_, i) => open(id(i)))),
    piece: (i) => get(id(1024 + i), '/hang'),
    limit: 10_000,
    counter: CALM,
  },
  {
    name: 'a header block without end',
    begin: frame('HEADERS', 0, 1, request('/')),
    piece: (i) => frame('CONTINUATION', 0, 1, block([`x-${i}`, 'v'])),
    limit: 10_000,
    counter: CALM,
  },
  {
    name: 'a header block of large frames without end',
    begin: frame('HEADERS', 0, 1, request('/')),
    piece: (i) => frame('CONTINUATION', 0, 1, block([`x-${i}`, 'v'.repeat(16_000)])),
    limit: 2000,
    counter: CALM,
  },
  {
    name: 'CONTINUATION without payload',
    begin: frame('HEADERS', 0, 1, request('/')),
    piece: () => frame('CONTINUATION', 0, 1),
    limit: 20_000,
    counter: 'http2.inbound_empty_frames_flood',
  },
  {
    name: 'DATA without payload',
    begin: open(1),
    piece: () => frame('DATA', 0, 1),
    limit: 20_000,
    counter: 'http2.inbound_empty_frames_flood',
  },
  { name: 'SETTINGS', piece: () => frame('SETTINGS', 0, 0), limit: MANY, counter: CALM },
  { name: 'PING', piece: () => frame('PING', 0, 0, EIGHT), limit: MANY, counter: CALM },
  {
    name: 'PRIORITY',
    piece: () => frame('PRIORITY', 0, 1, Buffer.alloc(5)),
    limit: MANY,
    counter: 'http2.inbound_priority_frames_flood',
  },
  {
    name: 'WINDOW_UPDATE of the connection',
    piece: () => frame('WINDOW_UPDATE', 0, 0, number32(1)),
    limit: MANY,
    counter: 'http2.inbound_window_update_frames_flood',
  },
  {
    name: 'frames of an unknown type',
    piece: () => frame(0x77, 0, 0, EIGHT),
    limit: MANY,
    counter: CALM,
  },
  {
    name: 'RST_STREAM of a stream that has ended',
    begin: Buffer.concat([get(1, '/hang'), frame('RST_STREAM', 0, 1, CANCEL)]),
    piece: () => frame('RST_STREAM', 0, 1, CANCEL),
    limit: MANY,
    counter: CALM,
  },
  {
    name: 'PING whose answers are not read',
    piece: () => Buffer.concat(Array.from({ length: 1200 }, () => frame('PING', 0, 0, EIGHT))),
    limit: 2000,
    // Which limit is met first depends on how the bytes are cut.
    counter: CALM,
    isDeaf: true,
  },
]

describe('a flood ends in GOAWAY:', () => {
  test.each(FLOODS.map((flood) => [flood.name, flood] as const))('%s', async (_, flood) => {
    const counted = count(flood.counter)
    const cost = costMeter()
    const client = await FrameClient.open(port)
    if (flood.isDeaf === true) client.socket.pause()
    if (flood.begin !== undefined) client.send(flood.begin)
    // One that does not read sees no GOAWAY, and has a second to read it before its connection is cut.
    const isTold = flood.isDeaf === true ? () => count(flood.counter) > counted : undefined
    await client.flood(flood.piece, flood.limit, isTold)
    client.socket.resume()
    expect(await client.untilGoaway()).toBe('ENHANCE_YOUR_CALM')
    const { cpuMillis, bytes } = cost()
    expect(cpuMillis).toBeLessThan(CPU_LIMIT_MILLIS)
    expect(bytes).toBeLessThan(MEMORY_LIMIT)
    await expect.poll(() => count(flood.counter)).toBe(counted + 1)
    client.close()
    expect(await answer()).toBe('ok')
  })
})

/** What this process, host and client, has used since then: time on CPUs, which does not count waiting for one, and memory. */
function costMeter(): () => { cpuMillis: number; bytes: number } {
  const [used, held] = [process.cpuUsage(), heldBytes()]
  return () => {
    const { user, system } = process.cpuUsage(used)
    return { cpuMillis: (user + system) / 1000, bytes: heldBytes() - held }
  }
}

function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** What another client gets. */
async function answer(): Promise<string> {
  const client = await FrameClient.open(port)
  client.send(get(1, '/'))
  await client.until(({ id: stream, type, flags }) => stream === 1 && type === 'DATA' && (flags & END_STREAM) !== 0)
  client.close()
  return client.body(1)
}

describe('a client that is modest in frames and not in memory', () => {
  test('fields of a table that is referred to again and again end the stream, not the connection', async () => {
    const client = await FrameClient.open(port)
    // An entry of 3900 bytes, then 10 000 references to it.
    const bomb = Buffer.concat([request('/'), bombOf(3900), Buffer.alloc(10_000, 0x80 | 62)])
    client.send(frame('HEADERS', END_HEADERS | END_STREAM, 1, bomb), get(3, '/'))
    await client.until(({ id: stream, type }) => stream === 3 && type === 'DATA')
    expect(client.story(1)).toBe('RST_STREAM INTERNAL_ERROR')
    expect(client.body(3)).toBe('ok')
    expect(client.goaway()).toBeNull()
    client.close()
  })

  test('an answer that no window lets out is given up after the idle time', async () => {
    const flushed = count('http2.tx_flush_timeout')
    const client = await FrameClient.open(port)
    client.send(frame('SETTINGS', 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])), get(1, '/'))
    await client.until(({ id: stream, type }) => stream === 1 && type === 'RST_STREAM')
    expect(client.story(1)).toBe('HEADERS RST_STREAM NO_ERROR')
    await expect.poll(() => count('http2.tx_flush_timeout')).toBe(flushed + 1)
    client.close()
  })

  test('bodies that are not read wait upstream', async () => {
    const client = await FrameClient.open(port)
    client.socket.pause()
    const before = process.memoryUsage().rss
    client.send(
      frame('SETTINGS', 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff])),
      frame('WINDOW_UPDATE', 0, 0, number32(0x7f000000)),
    )
    client.send(...Array.from({ length: 50 }, (_, i) => get(id(i), '/big')))
    await expect.poll(() => count('cluster.up.upstream_rq_active'), { timeout: 5000 }).toBeGreaterThan(20)
    // 200 MB of answers; what of them is in memory is bounded.
    await expect.poll(() => process.memoryUsage().rss - before, { timeout: 5000 }).toBeLessThan(120 * 1024 * 1024)
    client.close()
    await expect.poll(() => count('http2.streams_active'), { timeout: 5000 }).toBe(0)
    expect(await answer()).toBe('ok')
  })

  test('thousands of requests in one write let another client have its turn', async () => {
    const greedy = await FrameClient.open(port)
    const requests = Array.from({ length: 1000 }, (_, i) => get(id(i), '/'))
    greedy.send(...requests)
    expect(await answer()).toBe('ok')
    await greedy.until(({ id: stream, type, flags }) => stream === id(999) && type === 'DATA' && (flags & END_STREAM) !== 0)
    expect(greedy.body(id(999))).toBe('ok')
    greedy.close()
  })
})

/** A literal field `x` with a value of `length` bytes that the table keeps. */
function bombOf(length: number): Buffer {
  const size = [0x7f]
  let rest = length - 0x7f
  for (; rest >= 0x80; rest >>= 7) size.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([0x40, 1, 0x78, ...size, rest]), Buffer.alloc(length, 0x76)])
}
