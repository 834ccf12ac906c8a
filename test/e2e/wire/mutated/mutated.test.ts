/** Mutated requests reach the upstream through the host as through Envoy: the same ones, as many, with the same bytes. */
import { beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../../drift/config-tools.ts'
import { shareOf } from '../../../support/counts.ts'
import { fetchEnvoy } from '../../../support/envoy-binary.ts'
import type { Observation } from '../row.ts'
import { runRows } from '../run.ts'
import { CLASSES, type Outcome, type Outcomes } from './differences.ts'
import { wholeRequests } from './requests.ts'
import { mutatedRows } from './rows.ts'

const LIMIT = 600_000
const COUNT = shareOf(2000)
const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`mutated requests through host and Envoy${missing}`, () => {
  const rows = mutatedRows(COUNT)
  const outcomes = new Map<string, Outcomes>()

  beforeAll(async () => {
    for (const [id, { host, envoy }] of await runRows(rows)) outcomes.set(id, { host: outcomeOf(host), envoy: outcomeOf(envoy) })
  }, LIMIT)

  test('the upstream gets the same requests, but for the listed classes', () => {
    const unexplained = different().filter(({ text, made }) => !CLASSES.some((entry) => entry.explains(text, made)))
    expect(unexplained.slice(0, 20)).toEqual([])
  })

  test('enough of them to compare more than refusals', () => {
    const taken = rows.filter(({ id }) => outcomes.get(id)!.host.requests.length > 0)
    expect(taken.length).toBeGreaterThan(COUNT / 5)
  })

  test.each(CLASSES.map((entry) => [entry.row.id, entry] as const))('%s is of the class that stands on it', (_, entry) => {
    expect(entry.row.client[0]).toMatch(entry.pattern)
  })

  function different(): { id: string; profile: string; text: string; made: Outcomes }[] {
    return rows
      .map(({ id, profile, text }) => ({ id, profile, text, made: outcomes.get(id)! }))
      .filter(({ made: { host, envoy } }) => JSON.stringify(host.requests) !== JSON.stringify(envoy.requests))
  }
})

function outcomeOf(seen: Observation): Outcome {
  return { requests: wholeRequests(seen), log: seen.log }
}
