/** The choice of the engine: by a plugin, by the command line; and what is said when it is missing. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHost, type EngineName, type Host } from '../../../host/index.ts'
import { ENGINE_NAMES } from '../../../host/vm/engines.ts'
import { TEST_ENGINES } from '../../support/engines.ts'
import { guest } from '../../host/vm/wat.ts'
import { answering, ask, bootstrap, OK, parse, wasmFilter } from './setup.ts'

const MAIN = join(import.meta.dirname, '../../../host/cli/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'sluice-engine-'))
/** Loops for ever when there are as many headers as the second request below has. */
const code = join(folder, 'guest.wasm')
const upstream = answering(OK)
let upstreamPort = 0

beforeAll(async () => {
  writeFileSync(
    code,
    guest(`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (loop $l (br_if $l (i32.gt_u (local.get 1) (i32.const 8)))) (i32.const 0))`),
  )
  upstreamPort = await upstream.start()
})

afterAll(async () => {
  rmSync(folder, { recursive: true })
  await upstream.stop()
})

/** VMs that each engine has made. */
function created(host: Host): Partial<Record<EngineName, number>> {
  const counts: Partial<Record<EngineName, number>> = {}
  for (const name of ENGINE_NAMES) {
    const found = host.stats().find((metric) => metric.name === `wasm.envoy.wasm.runtime.${name}.created`)
    if (found !== undefined && 'value' in found) counts[name] = Number(found.value)
  }
  return counts
}

describe.each(TEST_ENGINES)('on %s', (engine) => {
  const runtime = `envoy.wasm.runtime.${engine}`
  // Two workers, the main thread and its canary.
  const all = { [engine]: 4 }

  test('runs the plugins that name it, in every thread, and stops a guest that hangs', async () => {
    const config = bootstrap({ ports: [upstreamPort], filters: [wasmFilter(code, {}, { runtime })] })
    const host = await createHost({ config, concurrency: 2, logLevel: 'off' })
    const port = host.addresses.get('main')!.port
    expect(parse(await ask(port)).body).toBe('ok')
    expect(created(host)).toEqual(all)
    const hung = await ask(port, 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\na: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n\r\n')
    expect(parse(hung).status).toBe(503)
    await host.stop()
  })

  test('runs all plugins when the host is told so', async () => {
    const config = bootstrap({ ports: [upstreamPort], filters: [wasmFilter(code)] })
    const host = await createHost({ config, engine, concurrency: 2, logLevel: 'off' })
    expect(created(host)).toEqual(all)
    await host.stop()
  })

  test('is taken from the command line', () => {
    const run = validate('--engine', engine)
    expect([run.status, run.stderr]).toEqual([0, ''])
  })
})

test('an engine that no host has is refused by name', () => {
  expect(validate('--engine', 'wamr').stderr).toMatch(/^error: .*wamr.*v8, wasmtime.*\[SLUICE_CLI_USAGE\]/)
})

test('a library that cannot be opened is a refusal that says how to get it', () => {
  const missing = validate('--engine', 'wasmtime', { WASMTIME_LIB: '/nowhere/libwasmtime.so' })
  expect(missing.status).toBe(1)
  expect(missing.stderr).toMatch(
    /Cannot open the engine wasmtime: seen WASMTIME_LIB '\/nowhere\/libwasmtime.so', which is no file, wanted libwasmtime 50\.0\.1 \[SLUICE_WASM_ENGINE\]; run: pip install .* wasmtime==50\.0\.1\n$/,
  )
  const other = validate('--engine', 'wasmtime', { WASMTIME_LIB: code })
  expect([other.status, other.stderr]).toEqual([1, expect.stringMatching(/Failed to load shared library.*SLUICE_WASM_ENGINE/)])
})

interface Run {
  readonly status: number | null
  readonly stderr: string
}

function validate(...args: (string | Record<string, string>)[]): Run {
  const flags = args.filter((arg) => typeof arg === 'string')
  const env = Object.assign({}, process.env, ...args.filter((arg) => typeof arg !== 'string')) as NodeJS.ProcessEnv
  const config = JSON.stringify(bootstrap({ ports: [1], filters: [wasmFilter(code)] }))
  return spawnSync(process.execPath, [MAIN, 'run', '--mode', 'validate', '--config-yaml', config, ...flags], {
    encoding: 'utf8',
    env,
  })
}
