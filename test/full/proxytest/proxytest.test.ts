/** The suite's filters in a host that shares no code with Envoy or Sluice: `proxytest` of the Go SDK, on wazero. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../../tools/checks/sources.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { adapt } from './adapt.ts'

const run = promisify(execFile)
const built = join(root, 'filters/dist')
const TESTS = [
  'ApiKeyAuth',
  'FaultAbort',
  'FaultDelay',
  'HeaderRouting',
  'ProxytestLacksHostcalls',
  'Ratelimit',
  'UnknownFieldIsRefused',
].map((name) => `Test${name}`)

const { value: go, reason } = await fetchOrReason(() => run('go', ['version']))

describe.skipIf(go === null)(`proxytest${reason}`, () => {
  let adapted = ''
  const verdicts = new Map<string, string>()

  beforeAll(async () => {
    adapted = mkdtempSync(join(tmpdir(), 'sluice-proxytest-'))
    for (const name of readdirSync(built).filter((file) => file.endsWith('.wasm'))) {
      writeFileSync(join(adapted, name), adapt(readFileSync(join(built, name))))
    }
    const env = { ...process.env, BUILT: built, ADAPTED: adapted }
    const args = ['test', '-v', '-count=1', '-timeout', '60s', './...']
    // A failed test ends the command with an error that has the same output.
    const { stdout } = await run('go', args, { cwd: import.meta.dirname, env }).catch((error: { stdout: string }) => error)
    for (const [, verdict, name] of stdout.matchAll(/^--- (PASS|FAIL): (\w+)/gm)) verdicts.set(name!, verdict!)
    if ([...verdicts.values()].includes('FAIL') || verdicts.size === 0) console.error(stdout)
  })

  afterAll(() => rmSync(adapted, { recursive: true, force: true }))

  test.each(TESTS)('accepts %s', (name) => {
    expect(verdicts.get(name)).toBe('PASS')
  })

  test('has no other tests', () => {
    expect([...verdicts.keys()].toSorted()).toEqual(TESTS)
  })
})
