import { describe, expect, test } from 'vitest'
import type { PluginConfig } from '../../../host/config/types.ts'
import { SluiceError } from '../../../host/errors.ts'
import { checkPlugin } from '../../../host/plugin/check-plugin.ts'
import { VmRegistry } from '../../../host/plugin/vm-registry.ts'
import { TEST_ENGINES } from '../../support/engines.ts'
import { guest, wat } from '../vm/wat.ts'
import { fakeServices, FakeStream, pluginConfig } from './fakes.ts'
import { MARKER, MODULE_VERDICTS, START_VERDICTS } from './module-verdicts.ts'

describe.each(TEST_ENGINES)('on %s', (runtime) => {
  const configOf = (code: Uint8Array, changes: Partial<PluginConfig> = {}): PluginConfig =>
    pluginConfig(code, { runtime, ...changes })

  /** The error of loading, as `code: message`, or 'loads'. */
  function load(code: Uint8Array, changes: Partial<PluginConfig> = {}, services = fakeServices()): string {
    try {
      checkPlugin(configOf(code, changes), services)
      return 'loads'
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      return `${error.code}: ${error.message}`
    }
  }

  describe('loading a module', () => {
    test.each(MODULE_VERDICTS)('$name', ({ code, faults }) => {
      expect(load(code())).toBe(faults[0] ?? 'loads')
    })

    test.each(START_VERDICTS)('$name', ({ code, fault }) => {
      expect(load(code())).toBe(fault)
    })

    test('refuses bytes that are no module, and names the file', () => {
      expect(() => checkPlugin(configOf(Buffer.from('MZ'), { codeSource: '/f.wasm' }), fakeServices())).toThrow(
        /Failed to load Wasm code/,
      )
      expect(load(Buffer.from('MZ'))).toBe('SLUICE_WASM_LOAD: Failed to load Wasm code')
    })

    test('refuses a runtime that the host does not have', () => {
      expect(load(guest(''), { runtime: 'wamr' })).toBe('SLUICE_WASM_LOAD: Failed to create Wasm VM')
    })

    test.each([
      ['0_1_0', 'proxy_continue_stream', '(param i32) (result i32)', false],
      ['0_2_0', 'proxy_continue_stream', '(param i32) (result i32)', true],
      ['0_2_0', 'proxy_get_log_level', '(param i32) (result i32)', false],
      ['0_2_1', 'proxy_get_log_level', '(param i32) (result i32)', true],
      ['0_2_1', 'proxy_increment_metric', '(param i32 i64) (result i32)', true],
      ['0_2_1', 'emscripten_notify_memory_growth', '(param i32)', true],
    ])('marked %s that imports %s', (marker, name, type, loads) => {
      const code = guest('', `(import "env" "${name}" (func ${type}))`, marker)
      expect(load(code)).toBe(
        loads ? 'loads' : `SLUICE_WASM_IMPORT: Failed to load Wasm module due to a missing import: env.${name}`,
      )
    })

    test.each(['wasi_snapshot_preview1', 'wasi_unstable'])('resolves WASI in %s, proc_raise not', (module) => {
      expect(load(guest('', `(import "${module}" "fd_write" (func (param i32 i32 i32 i32) (result i32)))`))).toBe('loads')
      const raise = guest('', `(import "${module}" "proc_raise" (func (param i32) (result i32)))`)
      expect(load(raise)).toContain(`missing import: ${module}.proc_raise`)
    })

    test('logs from _initialize and then calls main', () => {
      const services = fakeServices()
      const log = (at: number): string => `(drop (call $log (i32.const 2) (i32.const ${at}) (i32.const 4)))`
      const code = guest(
        `(data (i32.const 64) "initmain") (func (export "_initialize") ${log(64)})
       (func (export "main") (param i32 i32) (result i32) ${log(68)} (i32.const 0)) (func (export "_start") unreachable)`,
        '(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))',
      )
      expect(load(code, {}, services)).toBe('loads')
      expect(services.logs).toEqual(['2 wasm log: init', '2 wasm log: main'])
    })

    test('calls _start when there is no _initialize', () => {
      expect(load(guest('(func (export "_start") unreachable)'))).toBe('SLUICE_WASM_START: Failed to initialize Wasm code')
    })
  })

  describe('a guest in WebAssembly', () => {
    const READ_AND_ADD = `(import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))`
    const copyHeader = `(data (i32.const 16) "x-inx-out") (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $get (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 0) (i32.const 4)))
    (drop (call $add (i32.const 0) (i32.const 20) (i32.const 5) (i32.load (i32.const 0)) (i32.load (i32.const 4))))
    (i32.const 0))`

    test('reads and adds headers', () => {
      const plugin = new VmRegistry({ services: fakeServices() }).start(configOf(guest(copyHeader, READ_AND_ADD)))
      const stream = new FakeStream([['X-In', 'caf\xe9']])
      const context = plugin.openStream(stream)
      expect(typeof context !== 'string' && context.onRequestHeaders(1, true)).toBe(0)
      expect(stream.maps[0]!.fields).toEqual(['x-in', 'caf\xe9', 'x-out', 'caf\xe9'])
    })

    test('may grow its memory inside the allocator', () => {
      const growing = wat(`(module ${READ_AND_ADD} (memory (export "memory") 1) ${MARKER}
      (func (export "malloc") (param i32) (result i32) (i32.mul (memory.grow (i32.const 1)) (i32.const 65536))) ${copyHeader})`)
      const plugin = new VmRegistry({ services: fakeServices() }).start(configOf(growing))
      const stream = new FakeStream([['x-in', 'v']])
      const context = plugin.openStream(stream)
      expect(typeof context !== 'string' && context.onRequestHeaders(1, true)).toBe(0)
      expect(stream.maps[0]!.get('x-out')).toBe('v')
    })

    test.each([
      [
        'the clock inside the allocator',
        'proxy_get_current_time_nanoseconds',
        '(param i32)',
        '(drop (call $host (i32.const 0)))',
        true,
      ],
      [
        'the log inside the allocator',
        'proxy_log',
        '(param i32 i32 i32)',
        '(drop (call $host (i32.const 2) (i32.const 0) (i32.const 0)))',
        false,
      ],
    ])('%s', (_, name, params, call, traps) => {
      const code = wat(`(module ${READ_AND_ADD} (import "env" "${name}" (func $host ${params} (result i32)))
      (memory (export "memory") 1) ${MARKER}
      (func (export "malloc") (param i32) (result i32) ${call} (i32.const 1024)) ${copyHeader})`)
      const services = fakeServices()
      const plugin = new VmRegistry({ services }).start(configOf(code))
      const context = plugin.openStream(new FakeStream([['x-in', 'v']]))
      expect(typeof context !== 'string' && context.onRequestHeaders(1, true)).toBe(traps ? -1 : 0)
      expect(services.logs.some((line) => line.includes('restricted_callback'))).toBe(traps)
    })

    test('that loops for ever fails its stream and leaves a backtrace', () => {
      const services = fakeServices()
      const code = guest(
        '(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (loop $l (br $l)) (i32.const 0))',
      )
      const plugin = new VmRegistry({ services }).start(configOf(code))
      const context = plugin.openStream(new FakeStream())
      expect(typeof context !== 'string' && context.onRequestHeaders(0, true)).toBe(-1)
      expect(services.logs[0]).toMatch(
        /^4 Function: proxy_on_request_headers failed: Uncaught RuntimeError: .*gas\n.*backtrace:\n {2}0: {2}0x/,
      )
    })
  })
})
