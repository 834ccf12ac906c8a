import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfiguration } from '../../../host/config/index.ts'
import { VmRegistry } from '../../../host/plugin/vm-registry.ts'
import { GuestSourceMap } from '../../../host/vm/source-map.ts'
import { bootstrap, chainFilters } from '../../../bench/load/bootstrap.ts'
import { root } from '../../../tools/checks/sources.ts'
import { fakeServices, FakeStream, pluginConfig } from './fakes.ts'

const GUEST = `export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: i32): i32 { return 1024 }
function deeper(index: i32): i32 {
  return load<i32>(index)
}
export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  return deeper(-8) + 1
}
`

let folder = ''
let wasm = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-backtrace-'))
  wasm = join(folder, 'guest.wasm')
  writeFileSync(join(folder, 'guest.ts'), GUEST)
  const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js')
  const options = ['--runtime', 'stub', '--exportStart', '_initialize', '--sourceMap', '-o', 'guest.wasm']
  execFileSync(process.execPath, [compiler, 'guest.ts', ...options], { cwd: folder, stdio: 'pipe' })
})

afterAll(() => rmSync(folder, { recursive: true }))

/** What the log says when the guest has trapped. */
function trapLog(sourceMap: Uint8Array | null): string {
  const services = fakeServices()
  const plugin = new VmRegistry({ services }).start(pluginConfig(readFileSync(wasm), { sourceMap }))
  const context = plugin.openStream(new FakeStream())
  expect(typeof context !== 'string' && context.onRequestHeaders(0, true)).toBe(-1)
  return services.logs[0]!
}

describe('the backtrace of a trap', () => {
  test('leads to lines of the source through a source map', () => {
    expect(trapLog(readFileSync(`${wasm}.map`))).toMatch(
      /memory access out of bounds\n.*backtrace:\n {2}0: {2}0x\w+ - .+ at guest\.ts:4:10\n {2}1: {2}0x\w+ - .+ at guest\.ts:7:10$/,
    )
  })

  test('has offsets only without a map, and with one that cannot be read', () => {
    for (const map of [null, Buffer.from('{'), Buffer.from('{"version":3}')]) {
      expect(trapLog(map)).toMatch(/\n {2}0: {2}0x\w+ - [^ ]+\n {2}1: {2}0x\w+ - [^ ]+$/)
    }
  })

  test('finds the map beside the module', () => {
    const text = bootstrap({ port: 1, adminPort: 2, upstreamPort: 3 }, chainFilters({ wasm, copies: 1, configuration: '' }))
    const { config } = readConfiguration([{ name: 'test', text }])
    expect(config.listeners[0]!.value.chains[0]!.http!.filters[0]!.plugin.sourceMap).toEqual(readFileSync(`${wasm}.map`))
  })
})

test.each([
  ['~lib/@sluice/sdk/json/reader.ts', '@sluice/sdk/json/reader.ts:3:5'],
  ['~lib/rt/tlsf.ts', 'assemblyscript/std/assembly/rt/tlsf.ts:3:5'],
  ['filters/fault/filter.ts', 'filters/fault/filter.ts:3:5'],
])('%s is shown as %s', (source, position) => {
  // One segment: generated column 0, source 0, line 2, column 4.
  const map = { version: 3, sources: [source], names: [], mappings: 'AAEI' }
  expect(GuestSourceMap.of(Buffer.from(JSON.stringify(map))).positionOf(7)).toBe(position)
})
