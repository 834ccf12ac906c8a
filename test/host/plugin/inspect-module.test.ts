import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../host/errors.ts'
import { inspectModule } from '../../../host/plugin/inspect-module.ts'
import { V8Engine } from '../../../host/vm/v8.ts'
import { guest, wat } from '../vm/wat.ts'
import { MALLOC, MARKER, MODULE_VERDICTS } from './module-verdicts.ts'

const engine = new V8Engine()
const inspect = (code: Uint8Array) => inspectModule(engine, code, 'm.wasm')

/** A custom section behind the last one. */
function withSection(code: Uint8Array, name: string, content: readonly number[]): Uint8Array {
  const payload = Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.from(content)])
  return Buffer.concat([code, Buffer.of(0, payload.length), payload])
}

const text = (value: string): number[] => [value.length, ...Buffer.from(value)]

describe('inspectModule', () => {
  test.each(MODULE_VERDICTS)('finds every fault of $name', ({ code, faults }) => {
    expect(inspect(code()).faults.map((fault) => `${fault.code}: ${fault.message}`)).toEqual(faults)
  })

  test.each([
    ['"env" "abort" (func)', 'compile with --use abort=…'],
    ['"env" "Date.now" (func (result f64))', 'a binding of AssemblyScript'],
    ['"env" "console.log" (func)', 'a binding of AssemblyScript'],
    ['"gojs" "runtime.wasmExit" (func)', 'GOOS=wasip1'],
    ['"wbg" "__wbg_log" (func)', 'without wasm-bindgen'],
    ['"wasi_snapshot_preview1" "proc_raise" (func)', 'a part of WASI preview 1 only'],
    ['"env" "table" (table 1 funcref)', 'hosts offer functions only, and this is a table'],
  ])('knows what to do about %s', (item, advice) => {
    const [fault] = inspect(wat(`(module (import ${item}) ${MARKER} ${MALLOC})`)).faults
    expect(fault!.detail).toMatchObject({ path: 'm.wasm', next: expect.stringContaining(advice) })
  })

  test('tells what a module is and needs', () => {
    const code = guest(
      '(func (export "proxy_on_log") (param i32)) (func (export "helper"))',
      `(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))
       (import "env" "proxy_grpc_cancel" (func (param i32) (result i32)))
       (import "wasi_unstable" "sched_yield" (func (result i32)))`,
    )
    const producers = [1, ...text('language'), 1, ...text('Rust'), ...text('2021')]
    const report = inspect(withSection(code, 'producers', producers))
    expect(report).toMatchObject({
      bytes: code.length + 2 + 10 + producers.length,
      abiVersion: '0.2.1',
      producers: ['language: Rust 2021'],
      memory: { min: 1, max: null },
      imports: [
        { title: 'logging', names: ['proxy_log'] },
        { title: 'gRPC callouts', names: ['proxy_grpc_cancel'] },
        { title: 'wasi_unstable', names: ['sched_yield'] },
      ],
      callbacks: ['proxy_on_memory_allocate', 'proxy_on_log'],
      otherExports: ['memory', 'proxy_abi_version_0_2_1', 'helper'],
      customSections: [{ name: 'producers', bytes: producers.length }],
      faults: [],
    })
    expect(report.sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('reads on after a damaged custom section', () => {
    expect(inspect(withSection(guest(''), 'producers', [200, 1]))).toMatchObject({ producers: [], faults: [] })
  })

  test('refuses bytes that are no module, and names the file', () => {
    try {
      inspect(Buffer.from('MZ'))
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(SluiceError)
      expect(error).toMatchObject({ code: 'SLUICE_WASM_LOAD', detail: { path: 'm.wasm' } })
    }
  })
})

describe('the SDK of a module', () => {
  const data = (content: string, encoding: BufferEncoding = 'latin1'): Uint8Array => {
    const escaped = Array.from(Buffer.from(content, encoding), (byte) => `\\${byte.toString(16).padStart(2, '0')}`)
    return guest(`(data (i32.const 64) "${escaped.join('')}")`)
  }
  const callback = (name: string, params: string): string =>
    `(func (export "${name}") (param ${params}) (result i32) (i32.const 0))`
  const cpp = ['proxy_validate_configuration', 'proxy_on_request_metadata', 'proxy_on_response_metadata']

  test.each([
    ['registry/src/index.crates.io-1/proxy-wasm-0.2.5/src/dispatcher.rs', 'proxy-wasm 0.2.5 (Rust)'],
    ['/build/vendor/proxy-wasm/src/hostcalls.rs', 'proxy-wasm (Rust)'],
    [
      'dep\tgithub.com/proxy-wasm/proxy-wasm-go-sdk\tv0.0.0-2025\th1:',
      'github.com/proxy-wasm/proxy-wasm-go-sdk v0.0.0-2025 (Go)',
    ],
    ['github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm', 'github.com/tetratelabs/proxy-wasm-go-sdk (Go)'],
    ['nothing of that kind', null],
  ])('by %j is %s', (mark, sdk) => {
    expect(inspect(data(mark)).sdk).toBe(sdk)
  })

  test('by names in UTF-16 is one for AssemblyScript', () => {
    expect(inspect(data('~lib/@solo-io/proxy-runtime/runtime.ts', 'utf16le')).sdk).toBe('@solo-io/proxy-runtime (AssemblyScript)')
  })

  test('by the exports that nobody else has is that for C++', () => {
    expect(inspect(guest(cpp.map((name) => callback(name, 'i32 i32')).join(''))).sdk).toBe('proxy-wasm-cpp-sdk (C++)')
    expect(
      inspect(
        guest(
          cpp
            .slice(1)
            .map((name) => callback(name, 'i32 i32'))
            .join(''),
        ),
      ).sdk,
    ).toBeNull()
  })

  test('of a suite filter is ours, with its version', () => {
    const file = join(import.meta.dirname, '../../../filters/dist/fault.wasm')
    expect(inspect(readFileSync(file))).toMatchObject({
      sdk: expect.stringMatching(/^@sluice\/sdk \d+\.\d+\.\d+$/),
      producers: ['language: AssemblyScript', expect.stringContaining('processed-by: @sluice/sdk')],
    })
  })
})
