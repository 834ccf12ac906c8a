import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Coverage, createTestHost } from '../../../host/testing/index.ts'
import { root } from '../../../tools/checks/sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-coverage-'))
const wasm = join(folder, 'guest.wasm')
const GUEST = `export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: i32): i32 { return 1024 }
let calls = 0
function kindOf(call: i32): i32 {
  if (call > 2) {
    return 7
  }
  let sum = 0
  for (let i = 0; i < call; i++) {
    sum += i
  }
  return sum
}
function never(): void {
  calls = 0
}
export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  calls++
  if (kindOf(calls) == 7) never()
  return 0
}
`

beforeAll(() => {
  writeFileSync(join(folder, 'guest.ts'), GUEST)
  const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js')
  const options = ['--runtime', 'stub', '--exportStart', '_initialize', '--sourceMap', '--debug', '-o', 'guest.wasm']
  execFileSync(process.execPath, [compiler, 'guest.ts', ...options], { cwd: folder, stdio: 'pipe' })
})

afterAll(() => rmSync(folder, { recursive: true }))

async function run(coverage: Coverage, requests: number): Promise<void> {
  const host = createTestHost({ filters: [{ wasm }], coverage })
  for (let i = 0; i < requests; i++) expect((await host.request()).status).toBe(200)
}

function countsOf(coverage: Coverage): Record<number, number> {
  return Object.fromEntries(
    coverage
      .files()[0]!
      .lines()
      .map(({ line, count }) => [line, count]),
  )
}

describe('coverage', () => {
  test('counts lines', async () => {
    const coverage = new Coverage()
    await run(coverage, 2)
    expect(countsOf(coverage)).toMatchObject({ 5: 2, 6: 0, 8: 2, 10: 3, 12: 2, 15: 0, 18: 2, 19: 2 })
    await run(coverage, 3)
    expect(countsOf(coverage)).toMatchObject({ 5: 5, 6: 1, 8: 4, 15: 1, 18: 5 })
  })

  test('counts both ways of a decision', async () => {
    const coverage = new Coverage()
    await run(coverage, 2)
    const decisions = coverage
      .files()[0]!
      .branches()
      .filter(({ line }) => line === 5)
    expect(decisions).toEqual([{ line: 5, counts: [0, 2] }])
    expect(coverage.lcov()).toMatch(/BRDA:5,\d+,0,0\nBRDA:5,\d+,1,2\n/)
  })

  test('is written for tools and for people', async () => {
    const coverage = new Coverage()
    await run(coverage, 2)
    expect(coverage.lcov()).toMatch(
      /^TN:\nSF:guest\.ts\n(BRDA:.*\n)+BRF:\d+\nBRH:\d+\n(DA:\d+,\d+\n)+LF:\d+\nLH:\d+\nend_of_record\n$/,
    )
    expect(coverage.summary().split('\n')).toEqual([
      'guest.ts   lines  72 % (8/11)  branches  50 % (2/4)  never ran: 2, 6, 15',
      'all files  lines  72 % (8/11)  branches  50 % (2/4)',
      '',
    ])
  })

  test('refuses the other engine', () => {
    expect(() => createTestHost({ filters: [{ wasm }], coverage: new Coverage(), engine: 'wasmtime' })).toThrow('wanted v8')
  })

  test('sees the sources of a filter of the suite, not those of the SDK', async () => {
    const coverage = new Coverage()
    const module = join(root, 'filters/dist/stats.wasm')
    await createTestHost({ filters: [{ wasm: module }], coverage }).request()
    const names = coverage.files().map(({ file }) => file)
    expect(names).toContain('filters/stats/filter.ts')
    expect(names.filter((name) => !name.startsWith('filters/'))).toEqual([])
  })
})
