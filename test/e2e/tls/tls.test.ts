/** Every row through both proxies: each has its recorded outcome, and they differ only where that is written down. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { outcomeOf, PARTS } from './row.ts'
import { DIFFERENCES } from './rows/differences.ts'
import { ROWS } from './rows/index.ts'
import { runRows, type Result } from './run.ts'

const LIMIT = 120_000
const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`TLS and filter chains of host and Envoy${missing}`, () => {
  let result: Result

  beforeAll(async () => {
    result = await runRows(ROWS)
  }, LIMIT)

  test.each(ROWS.map((row) => [row.id, row] as const))('%s', (id, row) => {
    const { host, envoy } = result.pairs.get(id)!
    const { differs } = row
    expect({ host: outcomeOf(host), envoy: outcomeOf(envoy) }).toEqual({ host: row.expect, envoy: differs?.envoy ?? row.expect })
    const parts = PARTS.filter((part) => JSON.stringify(host[part]) !== JSON.stringify(envoy[part]))
    // The whole of both sides is what a reader of a failure needs.
    if (differs === undefined) expect(host).toEqual(envoy)
    else expect(parts).toEqual(differs.parts)
  })

  test('/certs shows the same certificates', () => {
    expect(result.certificates.host).toEqual(result.certificates.envoy)
  })
})

test('docs/HOST-DIFFERENCES.md names every row that differs, with its reason', () => {
  const lines = readFileSync(join(import.meta.dirname, '../../../docs/HOST-DIFFERENCES.md'), 'utf8').split('\n')
  const unnamed = Object.entries(DIFFERENCES).filter(([id, { reason }]) => {
    return !lines.some((line) => line.includes(`\`${id}\``) && line.includes(reason))
  })
  expect(unnamed.map(([id]) => id)).toEqual([])
})

test('every difference belongs to a row, and every row has a name of its own', () => {
  const ids = ROWS.map(({ id }) => id)
  expect(Object.keys(DIFFERENCES).filter((id) => !ids.includes(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
})
