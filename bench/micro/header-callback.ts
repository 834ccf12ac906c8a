/**
 * One `proxy_on_request_headers` with five header reads and two adds: VM entry with gas, guest, hostcalls on a header map
 * fresh from the codec. Beside it the rest of a stream: reading the head, context, log, done, delete.
 * `node bench/micro/header-callback.ts [ENGINE]`
 */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeadParser } from '../../host/http1/head-parser.ts'
import { READ_BUFFER } from '../../host/socket/read-buffer.ts'
import { RequestHead } from '../../host/http1/request-head.ts'
import { randomUuid } from '../../host/util/uuid.ts'
import { HTTP1_DEFAULTS } from '../../test/host/http1/corpus.ts'
import type { HttpFilterContext } from '../../host/chain/filter-context.ts'
import type { Plugin } from '../../host/plugin/plugin.ts'
import { VmRegistry } from '../../host/plugin/vm-registry.ts'
import { fakeServices, FakeStream, pluginConfig } from '../../test/host/plugin/fakes.ts'
import { calibration, scaledMicros } from './calibrate.ts'
import { compileGuest } from '../compile-guest.ts'
import { measure } from './measure.ts'

const REQUEST = Buffer.from(
  [
    'GET /api/items?id=42 HTTP/1.1',
    'Host: api.example.test',
    'User-Agent: bench/1.0 (micro; header-callback)',
    'Accept: application/json',
    'Accept-Encoding: gzip, deflate, br',
    'Authorization: Bearer 0123456789abcdef0123456789abcdef',
    'X-Request-Source: edge-17',
    'Cookie: session=0123456789abcdef; theme=dark',
    '\r\n',
  ].join('\r\n'),
)
/** Headers in the map: pseudo headers, those of the request, two of the proxy. */
const FIELDS = 12

/** Empty = the default. */
const runtime = process.argv[2] ?? ''

const WARM_UP = 2000
const ROUNDS = 4000

const parser = new HeadParser('request', HTTP1_DEFAULTS)
const head = new RequestHead()

/** A stream with a new map for every turn, made as the codec and the connection manager make it. */
class BenchStream extends FakeStream {
  refill(): void {
    REQUEST.copy(READ_BUFFER)
    parser.execute(READ_BUFFER, 0, REQUEST.length)
    head.read(parser, HTTP1_DEFAULTS, 'http')
    head.map.setOwn('x-forwarded-proto', 'http')
    head.map.setOwn('x-request-id', randomUuid())
    this.maps[0] = head.map
  }

  override requestHeadersChanged(): void {}
}

/** Streams that are open together, as in a busy worker. */
const OPEN = 64
const streams = Array.from({ length: OPEN }, () => new BenchStream())

function open(plugin: Plugin, stream: BenchStream): HttpFilterContext {
  stream.refill()
  const context = plugin.openStream(stream)
  if (typeof context === 'string') throw new Error('the plugin failed')
  return context
}

function close(context: HttpFilterContext): void {
  context.onLog()
  context.onDone()
  context.onDelete()
}

/**
 * Nanoseconds of one header callback: the first quartile of many rounds, only the callbacks timed. The guest's context is
 * made by a first callback, which is not.
 */
function callbackNanos(plugin: Plugin): number {
  const rounds: number[] = []
  const contexts = streams.map((stream) => open(plugin, stream))
  for (const context of contexts) context.onRequestHeaders(FIELDS, true)
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const stream of streams) stream.refill()
    const start = process.hrtime.bigint()
    for (let i = 0; i < OPEN; i++) contexts[i]!.onRequestHeaders(FIELDS, true)
    const nanos = Number(process.hrtime.bigint() - start)
    if (round >= WARM_UP) rounds.push(nanos / OPEN)
  }
  contexts.forEach(close)
  return rounds.toSorted((a, b) => a - b)[ROUNDS / 4]!
}

function lifeNanos(plugin: Plugin): number {
  return measure(() => close(open(plugin, streams[0]!)), 5_000)
}

const unit = calibration()
console.log(`calibration: ${unit.toFixed(1)} ns for seven plain calls`)
const work = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
const GUESTS = [
  ['single-reads', 'raw'],
  ['snapshot', 'raw'],
  ['header', 'sdk'],
] as const
for (const [name, kind] of GUESTS) {
  const registry = new VmRegistry({ services: fakeServices() })
  const plugin = registry.start(pluginConfig(readFileSync(compileGuest(name, kind, work)), { runtime }))
  const callback = callbackNanos(plugin)
  const map = streams[0]!.maps[0]!
  if (map.size !== FIELDS + 2 || map.get('x-filter-score') !== 'high') throw new Error('wrong result')
  const rest = lifeNanos(plugin)
  console.log(
    `${name}: ${callback.toFixed(0)} ns per callback, ${scaledMicros(callback, unit)}; rest of a stream ${rest.toFixed(0)} ns`,
  )
}
