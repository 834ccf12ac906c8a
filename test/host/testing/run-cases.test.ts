import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { caseTests, runCases } from '../../../host/testing/index.ts'
import { root } from '../../../tools/checks/sources.ts'
import { demoModules } from '../../cases/demo.ts'
import { TEST_ENGINES } from '../../support/engines.ts'

const wasm = (await demoModules())('demo')
const folder = mkdtempSync(join(tmpdir(), 'sluice-cases-'))

afterAll(() => rmSync(folder, { recursive: true }))

function table(cases: string): string {
  const file = join(folder, 'cases.yaml')
  writeFileSync(file, `filter: demo\ndefaults: {config: demo}\ncases:\n${cases}`)
  return file
}

test.each(TEST_ENGINES)('a table of the suite holds on %s', async (engine) => {
  const file = join(root, 'filters/api-key-auth/cases.yaml')
  const { passed, skipped, failed } = await runCases(file, join(root, 'filters/dist/api-key-auth.wasm'), { engine })
  expect(failed).toEqual({})
  expect(passed.length).toBeGreaterThan(10)
  expect(passed.length + skipped.length).toBe(caseTests(file, '').length)
})

describe('cases', () => {
  const file = table(`
  - {id: A-1, title: denies, steps: [{request: {path: /deny, expect: {status: 403}}}]}
  - {id: A-2, title: is wrong, steps: [{request: {path: /deny, expect: {status: 200, headers: {x-a: b}}}}]}
  - {id: A-3, title: is not for the harness, judges: {harness: needs sockets}, steps: [{request: {}}]}
  - {id: A-4, title: has a neighbour, options: {after: [{filter: other}]}, steps: [{request: {expect: {status: 200}}}]}
`)

  test('say what differs, what was skipped, and which module is missing', async () => {
    const { passed, skipped, failed } = await runCases(file, wasm)
    expect([passed, skipped]).toEqual([['A-1'], ['A-3']])
    expect(failed['A-2']).toBe(
      `A-2: is wrong (${file})\n  steps.0.request.status\n    wanted 200\n    seen   403\n` +
        '  steps.0.request.headers.x-a\n    wanted "b"\n    seen   absent',
    )
    expect(failed['A-4']).toContain('no module for other: wanted it in the option others')
    expect((await runCases(file, wasm, { others: { other: wasm } })).passed).toEqual(['A-1', 'A-4'])
  })

  test('are named for a runner', () => {
    expect(caseTests(file, wasm).map(({ name, skip }) => [name, skip])).toEqual([
      ['A-1: denies', null],
      ['A-2: is wrong', null],
      ['A-3: is not for the harness', 'needs sockets'],
      ['A-4: has a neighbour', null],
    ])
  })

  test('are refused with line and path when they are none', () => {
    const bad = table('  - {id: B-1, title: misspelt, steps: [{reqest: {}}]}\n')
    expect(() => caseTests(bad, wasm)).toThrow(/cases\.yaml:4:\d+: cases\.0\.steps\.0\.reqest: unknown field/)
  })
})
