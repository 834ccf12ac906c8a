/** Every row through both proxies: each gives its recorded verdict, and they differ only where that is written down. */
import { beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { ROWS } from './rows/index.ts'
import { runRows, type Pair } from './run.ts'
import { differingParts, envoyVerdict, verdictOf } from './verdict.ts'

const LIMIT = 180_000
const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`host and Envoy on the wire${missing}`, () => {
  let pairs = new Map<string, Pair>()

  beforeAll(async () => {
    pairs = await runRows(ROWS)
  }, LIMIT)

  test.each(ROWS.map((row) => [row.id, row] as const))('%s', (id, row) => {
    const { host, envoy } = pairs.get(id)!
    const wanted = { host: row.expect, envoy: envoyVerdict(row) }
    expect({ host: verdictOf(host, wanted.host), envoy: verdictOf(envoy, wanted.envoy) }).toEqual(wanted)
    const parts = differingParts(row, host, envoy)
    // The whole of both sides is what a reader of a failure needs.
    if (row.differs === undefined && parts.length > 0) expect(host).toEqual(envoy)
    if (row.differs === undefined) return
    expect(parts.length, 'the difference is gone: take it out of the list').toBeGreaterThan(0)
    if (row.differs.parts !== null) expect(parts).toEqual(row.differs.parts)
  })
})
