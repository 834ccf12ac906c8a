/**
 * Clients that take their time, many at once, before host and Envoy: each gets the answer of the limit it ran into, others are
 * served meanwhile, and afterwards nothing is left of them.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { descriptorsOf } from '../../support/process-size.ts'
import { ask, OK, parse, RawClient, RawServer } from '../host/setup.ts'
import { ChaosProxy, KINDS } from './proxies.ts'

const CLIENTS = 100
const TRICKLE_MILLIS = 50
/** Longest time that a client who takes no time waits meanwhile. */
const PATIENCE = 500

interface Row {
  readonly what: string
  /** Sent at once. */
  readonly text: string
  /** Sent byte by byte as long as the connection lives; '' = nothing more. */
  readonly more: string
  readonly status: number
  readonly body: string
  /** Path, status, flags and details. */
  readonly log: readonly [string, string]
}

/** Of the connection manager: the one that a row runs into is the first that it can. */
const LIMITS = {
  request_headers_timeout: '0.2s',
  stream_idle_timeout: '0.3s',
  request_timeout: '0.6s',
  delayed_close_timeout: '0.1s',
}

const ROWS: readonly Row[] = [
  {
    what: 'a head byte by byte',
    text: 'GET /head HTTP/1.1\r\nhost: a.test\r\nx-slow: ',
    more: 'x',
    status: 408,
    body: 'request header timeout',
    log: ['-', '408 - request_header_timeout'],
  },
  {
    what: 'a body byte by byte',
    text: 'POST /body HTTP/1.1\r\nhost: a.test\r\ncontent-length: 10000\r\n\r\n',
    more: 'x',
    status: 408,
    body: 'request timeout',
    log: ['/body', '408 - request_overall_timeout'],
  },
  {
    what: 'a body that stops',
    text: 'POST /stop HTTP/1.1\r\nhost: a.test\r\ncontent-length: 10000\r\n\r\nabc',
    more: '',
    status: 408,
    body: 'stream timeout',
    log: ['/stop', '408 SI stream_idle_timeout'],
  },
  {
    what: 'chunks that never end',
    text: 'POST /chunks HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n',
    more: '1\r\nx\r\n',
    status: 408,
    body: 'request timeout',
    log: ['/chunks', '408 - request_overall_timeout'],
  },
]

describe.each(KINDS)('$name', (kind) => {
  let upstream: RawServer
  let proxy: ChaosProxy
  const clients: RawClient[] = []

  beforeAll(async () => {
    // Bodies do not come to an end.
    upstream = new RawServer((socket, text) => void (text.startsWith('GET ') && socket.write(OK)))
    const choices = { ports: [await upstream.start()], http: LIMITS }
    if (kind.missing === '') proxy = await ChaosProxy.start(kind, { choices })
  })

  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })

  afterAll(async () => {
    await proxy?.stop()
    await upstream.stop()
  })

  it.skipIf(kind.missing !== '').each(ROWS)(`$what${kind.missing}`, async ({ text, more, status, body, log }) => {
    await ask(proxy.port)
    const before = descriptorsOf(proxy.pid)
    for (let i = 0; i < CLIENTS; i++) clients.push(new RawClient(proxy.port).send(text))
    const timer = setInterval(() => trickle(clients, more), TRICKLE_MILLIS)
    const ends = Promise.all(clients.map((client) => client.untilEnd()))
    while (clients.some(({ text: seen }) => seen === '')) {
      const start = performance.now()
      expect(parse(await ask(proxy.port)).status).toBe(200)
      expect(performance.now() - start).toBeLessThan(PATIENCE)
      await sleep(TRICKLE_MILLIS)
    }
    const seen = (await ends).map((answer) => parse(answer))
    clearInterval(timer)
    expect(new Set(seen.map((answer) => `${answer.status} ${answer.body}`))).toEqual(new Set([`${status} ${body}`]))
    await expect.poll(() => proxy.log(log[0])).toEqual(Array.from({ length: CLIENTS }, () => log[1]))
    await expect.poll(() => proxy.stat('http.e2e.downstream_cx_active')).toBe(0)
    expect(await proxy.stat('http.e2e.downstream_rq_active')).toBe(0)
    await expect.poll(() => descriptorsOf(proxy.pid)).toBeLessThanOrEqual(before + CLIENTS / 10)
  })
})

function trickle(clients: readonly RawClient[], bytes: string): void {
  if (bytes !== '') for (const client of clients) if (client.text === '' && client.socket.writable) client.send(bytes)
}
