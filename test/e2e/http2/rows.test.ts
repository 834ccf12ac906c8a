/** Every row of HTTP/2 through host and Envoy, from one configuration: they differ only where that is written down. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { startEnvoy, startHost } from '../wire/proxies.ts'
import { PARTS, type Http2Observation } from './row.ts'
import { ROWS } from './rows/index.ts'
import { observe } from './run-rows.ts'

const LIMIT = 120_000
const PAGE = join(import.meta.dirname, '../../../docs/HOST-DIFFERENCES.md')
const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`HTTP/2 through host and Envoy${missing}`, () => {
  let host = new Map<string, Http2Observation>()
  let envoy = new Map<string, Http2Observation>()

  beforeAll(async () => {
    host = await observe(startHost, ROWS)
    envoy = await observe(startEnvoy, ROWS)
  }, LIMIT)

  test.each(ROWS.map((row) => [row.id, row] as const))('%s', (id, { expect: wanted, differs }) => {
    const ours = host.get(id)!
    const theirs = envoy.get(id)!
    expect(ours).toMatchObject(wanted)
    const differing = PARTS.filter((part) => JSON.stringify(ours[part]) !== JSON.stringify(theirs[part]))
    // The whole of both sides is what a reader of a failure needs.
    if (differs === undefined && differing.length > 0) expect(ours).toEqual(theirs)
    if (differs !== undefined) expect(differing, 'the difference is another one, or is gone').toEqual(differs.parts)
  })
})

test('every row has a name of its own', () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length)
})

test('docs/HOST-DIFFERENCES.md gives the reason of every difference', () => {
  const page = readFileSync(PAGE, 'utf8')
  const reasons = new Set(ROWS.flatMap(({ differs }) => (differs === undefined ? [] : [differs.reason])))
  expect([...reasons].filter((reason) => !page.includes(reason))).toEqual([])
})
