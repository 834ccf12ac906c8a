/** What a compiled filter imports and exports, and what the compiler refuses in one. */
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFile, compileSdkGuest } from './support/compile-sdk-guest.ts'
import { exportNames, importNames } from './support/module-lists.ts'
import { RecordingHost } from './support/recording-host.ts'

const LIFECYCLE = [
  '_initialize',
  'malloc',
  'memory',
  'proxy_abi_version_0_2_1',
  'proxy_on_configure',
  'proxy_on_context_create',
  'proxy_on_delete',
  'proxy_on_done',
  'proxy_on_vm_start',
]

const GROUPS = {
  request: ['proxy_on_request_headers'],
  'request-body': ['proxy_on_request_body'],
  'request-trailers': ['proxy_on_request_trailers'],
  response: ['proxy_on_response_headers'],
  'response-body': ['proxy_on_response_body'],
  'response-trailers': ['proxy_on_response_trailers'],
  log: ['proxy_on_log'],
  tick: ['proxy_on_tick'],
  queue: ['proxy_on_queue_ready'],
  callouts: ['proxy_on_http_call_response'],
  grpc: [
    'proxy_on_grpc_close',
    'proxy_on_grpc_receive',
    'proxy_on_grpc_receive_initial_metadata',
    'proxy_on_grpc_receive_trailing_metadata',
  ],
  foreign: ['proxy_on_foreign_function'],
}

let folder: string

beforeAll(async () => {
  // Inside the repository: asc finds the SDK by package name from there.
  folder = await mkdtemp(join(import.meta.dirname, 'guests', 'tmp-'))
  // Speed and size of these modules do not matter.
  const options = { optimizeLevel: 0, shrinkLevel: 0, converge: false }
  await writeFile(join(folder, 'asconfig.json'), JSON.stringify({ extends: '../../../../sdk/asconfig.json', options }))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function compileText(name: string, text: string): Promise<string> {
  await writeFile(join(folder, `${name}.ts`), text)
  const outFile = join(folder, `${name}.wasm`)
  await compileFile(join(folder, `${name}.ts`), outFile, '--config', join(folder, 'asconfig.json'))
  return outFile
}

/** What the compiler prints about a guest that must not compile. */
async function refusal(name: string, text: string): Promise<string> {
  try {
    await compileText(name, text)
  } catch (error) {
    return String((error as { stderr?: string }).stderr)
  }
  return 'compiled'
}

/** Every hostcall the SDK declares; the guest `probe` uses them all, so that a wrong signature shows. */
function declaredImports(): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../sdk/abi/imports.ts'), 'utf8')
  return [...text.matchAll(/@external\("env", "(\w+)"\)/g)].map(([, name]) => `env.${name}`).toSorted()
}

function moduleOf(wasm: Buffer): { exports: string[]; imports: string[] } {
  const module = new WebAssembly.Module(wasm)
  return { exports: exportNames(module).toSorted(), imports: importNames(module).toSorted() }
}

describe('a compiled filter', () => {
  it('exports the lifecycle and its own groups only, and imports what it calls', async () => {
    const { exports, imports } = moduleOf(await compileSdkGuest('add-header'))
    expect(exports).toEqual([...LIFECYCLE, 'proxy_on_request_headers'].toSorted())
    expect(imports).toEqual([
      'env.proxy_add_header_map_value',
      'env.proxy_get_buffer_bytes',
      'env.proxy_log',
      'env.proxy_set_effective_context',
    ])
  })

  it('exports every group it re-exports, and imports nothing but hostcalls', async () => {
    const { exports, imports } = moduleOf(await compileSdkGuest('probe'))
    expect(exports).toEqual([...LIFECYCLE, ...Object.values(GROUPS).flat()].toSorted())
    expect(imports).toEqual(declaredImports())
  })

  it.each(Object.entries(GROUPS))('gets the callbacks of the group %s and no others', async (group, callbacks) => {
    const text = `
      import { RootContext, registerRoot } from "@sluice/sdk";
      export * from "@sluice/sdk/exports/lifecycle";
      export * from "@sluice/sdk/exports/${group}";
      registerRoot((id) => new RootContext(id));`
    const { exports } = moduleOf(await readFile(await compileText(`group-${group}`, text)))
    expect(exports).toEqual([...LIFECYCLE, ...callbacks].toSorted())
  })

  it('logs the place of an abort, then traps', async () => {
    const text = `
      import { RootContext, registerRoot } from "@sluice/sdk";
      export * from "@sluice/sdk/exports/lifecycle";
      registerRoot((id) => new RootContext(id));
      export function fail(): void { throw new Error("no way \u00e9"); }`
    const guest = new RecordingHost(await readFile(await compileText('abort', text)))
    expect(() => guest.call('fail')).toThrow(WebAssembly.RuntimeError)
    expect(guest.calls).toEqual([expect.stringMatching(/^log 5 abort: no way \? at .*abort\.ts:5:\d+$/)])
  })

  it('traps when a factory makes a context with another id', async () => {
    const text = `
      import { HttpContext, RootContext, registerRoot } from "@sluice/sdk";
      export * from "@sluice/sdk/exports/lifecycle";
      class Root extends RootContext {
        override createHttpContext(id: u32): HttpContext { return new HttpContext(7); }
      }
      registerRoot((id) => new Root(id));`
    const guest = new RecordingHost(await readFile(await compileText('other-id', text)))
    guest.start()
    expect(() => guest.call('proxy_on_context_create', 2, 1)).toThrow(WebAssembly.RuntimeError)
    expect(guest.logs).toEqual([expect.stringContaining('the factory made a context with another id')])
  })

  it('is small when it touches headers only', async () => {
    expect((await compileSdkGuest('add-header')).length).toBeLessThanOrEqual(10_000)
    expect((await compileSdkGuest('score')).length).toBeLessThanOrEqual(12_288)
  })
})

describe('the compiler', () => {
  const start = 'import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";\n'

  it('refuses an argument of utf8 that is no literal, with its place', async () => {
    const text = `${start}const name: string = "x";\nexport const value = utf8(name);\n`
    expect(await refusal('no-literal', text)).toMatch(/utf8\(\) takes one string literal[^]*no-literal\.ts\(3,22\)/)
  })

  it('refuses a literal that has no UTF-8', async () => {
    expect(await refusal('surrogate', `${start}export const value = utf8("\\ud800");\n`)).toContain('lone surrogate')
  })

  it('refuses a build whose top-level code would run in the start section', async () => {
    await writeFile(join(folder, 'start.ts'), start)
    const options = ['--transform', '@sluice/sdk/transform', '--config', 'none']
    const compiled = compileFile(join(folder, 'start.ts'), join(folder, 'start.wasm'), ...options)
    await expect(compiled).rejects.toThrow(/use --exportStart _initialize/)
  })

  it('follows an alias of utf8', async () => {
    const text = 'import { utf8 as text } from "@sluice/sdk";\nexport function f(): i32 { return text("abc").length; }\n'
    const guest = new RecordingHost(await readFile(await compileText('alias', text)))
    expect(guest.call('f')).toBe(3)
  })

  it.each([
    ['raw memory', 'export function f(): u8 { return load<u8>(0); }'],
    ['a view of raw memory', 'export function f(): Bytes { return Bytes.of(0, 4); }'],
    ['the address of a view', 'export function f(): usize { return utf8("a").address; }'],
    ['making a view', 'export function f(): Bytes { return new Bytes(); }'],
    ['making a builder past its factory', 'export function f(): BytesBuilder { return new BytesBuilder(); }'],
  ])('refuses %s in a filter', async (name, line) => {
    expect(await refusal(name.replaceAll(' ', '-'), `${start}${line}\n`)).toContain('Operation is unsafe')
  })
})
