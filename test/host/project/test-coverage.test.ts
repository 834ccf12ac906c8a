/** `sluice test --coverage` in a new project, and the same counts with `node --test`. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initProject } from '../../../host/project/init.ts'
import { COVERAGE_VARIABLE, readCoverage } from '../../../host/testing/coverage/saved-coverage.ts'
import { root } from '../../../tools/checks/sources.ts'

const run = promisify(execFile)
const parent = mkdtempSync(join(tmpdir(), 'sluice-test-coverage-'))
const folder = join(parent, 'my-filter')

/** The environment of a user, who is not inside a test runner. */
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_TEST)/.test(name)))

async function sluiceTest(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [join(root, 'host/cli/main.ts'), 'test', ...args]
  const options = { cwd: folder, env: { ...ENVIRONMENT, NO_COLOR: '1' } }
  return run(process.execPath, command, options).then(
    (said) => ({ code: 0, ...said }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

beforeAll(() => {
  initProject(folder, 'header')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})

afterAll(() => rmSync(parent, { recursive: true }))

describe('sluice test --coverage', () => {
  test('shows what the case table and the own tests have run together, and leaves a release build', async () => {
    const { code, stdout } = await sluiceTest('--coverage')
    expect(code).toBe(0)
    expect(stdout).toContain('2 passed (2)')
    expect(stdout).toMatch(/^assembly\/filter\.ts +lines 100 % \(\d+\/\d+\)/m)
    const lcov = readFileSync(join(folder, 'coverage/lcov.info'), 'utf8')
    expect(lcov.match(/^SF:.*$/gm)).toEqual(['SF:assembly/config.ts', 'SF:assembly/filter.ts', 'SF:assembly/index.ts'])
    expect(readFileSync(join(folder, 'build/plugin.wasm')).length).toBeLessThan(20_000)
  }, 120_000)

  test('counts what single tests leave out, and says so', async () => {
    const { code, stdout } = await sluiceTest('--coverage', '-t', 'an unknown field')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^assembly\/filter\.ts .* never ran: \d/m)
  }, 120_000)

  test('is refused without counts, and with --watch', async () => {
    const config = join(folder, 'vitest.config.ts')
    writeFileSync(config, readFileSync(config, 'utf8').replace(/setupFiles: .*/, ''))
    const { code, stderr } = await sluiceTest('--coverage')
    expect(code).toBe(1)
    expect(stderr).toContain(
      "wanted test hosts, and in vitest.config.ts setupFiles: ['sluice/testing/vitest'] [SLUICE_TEST_COVERAGE]",
    )
    expect((await sluiceTest('--coverage', '--watch')).code).toBe(2)
  }, 120_000)
})

test('sluice test --debug shows the exact line of a trap', async () => {
  writeFileSync(
    join(folder, 'test/trap.test.ts'),
    `import { createTestHost, Faults } from 'sluice/testing'
     import { test } from 'vitest'
     test('traps', async () => {
       const faults = new Faults()
       const host = createTestHost({ filters: [{ wasm: 'build/plugin.wasm', config: { header: 'x-a' } }], faults })
       faults.trap('proxy_increment_metric')
       await host.request()
       throw new Error(host.traps().join())
     })`,
  )
  const { stdout, stderr } = await sluiceTest('--debug', 'test/trap.test.ts')
  const lines = readFileSync(join(folder, 'assembly/filter.ts'), 'utf8').split('\n')
  const line = lines.findIndex((text) => text.includes('requests.increment()')) + 1
  expect(stdout + stderr).toContain(` at assembly/filter.ts:${line}:`)
}, 60_000)

test('node --test saves the counts of each process', async () => {
  const counts = join(parent, 'counts')
  mkdirSync(counts)
  writeFileSync(
    join(folder, 'own.test.js'),
    `import { test } from 'node:test'
     import { createTestHost } from ${JSON.stringify(join(root, 'host/testing/index.ts'))}
     test('passes', () => createTestHost({ filters: [{ wasm: 'build/plugin.wasm', config: { header: 'x-a' } }] }).request())`,
  )
  expect(existsSync(join(folder, 'build/plugin.wasm.map'))).toBe(true)
  await run(process.execPath, ['--test', 'own.test.js'], { cwd: folder, env: { ...ENVIRONMENT, [COVERAGE_VARIABLE]: counts } })
  expect(readCoverage(counts).map(({ file }) => file)).toContain('assembly/filter.ts')
})
