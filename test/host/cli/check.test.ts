/** `sluice check` as a process: what it prints, and its exit codes. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { read, root } from '../../../tools/checks/sources.ts'
import { ERROR_CODES } from '../../../host/errors.ts'
import { module } from '../check/planted-faults.ts'
import { guest } from '../vm/wat.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function check(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'host/cli/main.ts'), 'check', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

test('errors end with 4, and are the result', async () => {
  const bad = await module(guest('', '(import "env" "abort" (func))'))(folder)
  const { code, out, err } = await check(bad)
  expect({ code, err }).toEqual({ code: 4, err: '' })
  const [finding, , summary] = out.split('\n')
  expect(finding).toMatch(/^error .*plugin\.wasm: .*env\.abort \[SLUICE_WASM_IMPORT\]; compile with/)
  expect(summary).toBe(`${bad}: 1 error, 1 warning`)
})

test('warnings end with 0, and with --strict with 4', async () => {
  const idle = await module(guest(''))(folder)
  expect(await check(idle)).toMatchObject({ code: 0, out: expect.stringMatching(/^warning /) })
  const { code, out } = await check(idle, '--strict', '--json')
  const document = JSON.parse(out)
  expect({ code, document }).toMatchObject({
    code: 4,
    document: { target: idle, errors: 1, findings: [{ level: 'warning', code: 'SLUICE_CHECK_EXPORTS' }] },
  })
})

test('a target that is not there is no finding', async () => {
  expect(await check('none.wasm')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('SLUICE_CONFIG_FILE') })
})

test('docs/CHECK.md names every code of checks', () => {
  const own = Object.keys(ERROR_CODES).filter((code) => /^SLUICE_(?:CHECK|FILTER)_/.test(code))
  const page = read('docs/CHECK.md')
  expect(own.filter((code) => !page.includes(`\`${code}\``))).toEqual([])
})
