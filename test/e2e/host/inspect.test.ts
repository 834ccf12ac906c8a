/** `sluice inspect` as a process: what it prints, and its exit codes. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guest } from '../../host/vm/wat.ts'

const MAIN = join(import.meta.dirname, '../../../host/cli/main.ts')
let folder = ''
let good = ''
let bad = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-inspect-'))
  good = join(folder, 'good.wasm')
  bad = join(folder, 'bad.wasm')
  await writeFile(good, guest('', '(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))'))
  await writeFile(bad, guest('', '(import "env" "abort" (func)) (import "env" "proxy_fly" (func))'))
})

afterAll(() => rm(folder, { recursive: true }))

interface Result {
  readonly code: number
  readonly out: string
  readonly err: string
}

function inspect(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'inspect', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

describe('sluice inspect', () => {
  it('describes a module that loads', async () => {
    const { code, out, err } = await inspect(good)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '))).toEqual(
      expect.arrayContaining(['ABI 0.2.1', 'uses logging: proxy_log', 'in Envoy loads', 'in Sluice loads']),
    )
  })

  it('describes one that is refused, and says why', async () => {
    const { code, out, err } = await inspect(bad)
    expect(code).toBe(1)
    expect(out).toContain('in Envoy    is refused')
    expect(err.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^error: .*bad\.wasm: .*missing import: env\.abort \[SLUICE_WASM_IMPORT\]; compile with --use abort=…/,
      ),
      expect.stringMatching(/^error: .*bad\.wasm: .*missing import: env\.proxy_fly \[SLUICE_WASM_IMPORT\]$/),
    ])
  })

  it('prints report and reasons as JSON', async () => {
    const { code, out, err } = await inspect(bad, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ abiVersion: '0.2.1', faults: [{ code: 'SLUICE_WASM_IMPORT' }, {}] })
    expect(JSON.parse(err.split('\n')[0]!)).toMatchObject({ code: 'SLUICE_WASM_IMPORT', path: bad })
  })

  it('names a file that is not there, and a missing argument', async () => {
    expect(await inspect(join(folder, 'none.wasm'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('none.wasm: Cannot read'),
    })
    expect(await inspect()).toMatchObject({ code: 2, err: expect.stringContaining('[SLUICE_CLI_USAGE]') })
  })
})
