/**
 * One `proxy_on_request_headers` with five header reads and two adds through the whole path: stream context, VM entry
 * with gas, hostcalls on a fresh header map, end of the stream. `node bench/micro/header-callback.ts`
 */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalName } from '../../host/http/names.ts'
import { HeaderMap } from '../../host/http/header-map.ts'
import { Plugin } from '../../host/plugin/plugin.ts'
import { VmRegistry } from '../../host/plugin/vm-registry.ts'
import { fakeServices, FakeStream, pluginConfig } from '../../test/host/plugin/fakes.ts'
import { calibration } from './calibrate.ts'
import { compileGuest } from '../compile-guest.ts'
import { measure } from './measure.ts'

const FIELDS = [
  [':authority', 'api.example.test'],
  [':path', '/api/items?id=42'],
  [':method', 'GET'],
  [':scheme', 'http'],
  ['user-agent', 'bench/1.0 (micro; header-callback)'],
  ['accept', 'application/json'],
  ['accept-encoding', 'gzip, deflate, br'],
  ['authorization', 'Bearer 0123456789abcdef0123456789abcdef'],
  ['x-request-source', 'edge-17'],
  ['cookie', 'session=0123456789abcdef; theme=dark'],
  ['x-forwarded-proto', 'http'],
  ['x-request-id', 'b3f1c2d4-0000-4000-8000-0123456789ab'],
].map(([name, value]) => [canonicalName(name!), value!] as const)

/** A stream whose map is refilled for every turn, as a codec does for every request. */
class BenchStream extends FakeStream {
  refill(): void {
    const map = new HeaderMap()
    for (let i = 0; i < FIELDS.length; i++) map.push(FIELDS[i]![0], FIELDS[i]![1])
    this.maps[0] = map
  }

  override requestHeadersChanged(): void {}
}

/** A stream's whole life in the VM, with or without its header callback. */
function turn(plugin: Plugin, stream: BenchStream, call: boolean): void {
  stream.refill()
  const context = plugin.openStream(stream)
  if (typeof context === 'string') throw new Error('the plugin failed')
  if (call) context.onRequestHeaders(FIELDS.length, true)
  context.onLog()
  context.onDone()
  context.onDelete()
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
  const plugin = registry.start(pluginConfig(readFileSync(compileGuest(name, kind, work))))
  const stream = new BenchStream()
  const all = measure(() => turn(plugin, stream, true), 5_000)
  const life = measure(() => turn(plugin, stream, false), 5_000)
  const fields = stream.maps[0]!.fields.length
  turn(plugin, stream, true)
  if (stream.maps[0]!.fields.length !== fields + 4 || stream.maps[0]!.get('x-filter-score') !== 'high')
    throw new Error('wrong result')
  console.log(
    `${name}: ${(all - life).toFixed(0)} ns per callback, ${((all - life) / unit).toFixed(1)} units; ${all.toFixed(0)} ns per stream`,
  )
}
