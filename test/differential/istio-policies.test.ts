/**
 * rbac beside Envoy's rbac with the rules that Istio makes of the same policies: its golden files. Those for TCP are of network filters, which
 * the suite has none of for policies.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../drift/config-tools.ts'
import { Dice } from '../fuzz/http1/messages.ts'
import { shareOf } from '../support/counts.ts'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { golden, type GoldenCase } from './istio/golden.ts'
import { IstioProxy, type Pair } from './istio/proxy.ts'
import { Providers, REFUSE } from './istio/providers.ts'
import { GATE, gatedPolicies, termsOf } from './istio/terms.ts'
import { traitsFor } from './istio/traits.ts'
import { ourFilters } from './istio/translation.ts'
import { visitorOf, type Traits, type Visitor } from './istio/visitor.ts'
import { nativeFilter, suiteFilter } from './suite-filter.ts'

const LIMIT = 300_000
const SEED = 20_261_129
const isShort = shareOf(20) < 20
/** Random visitors of each case. */
const VISITORS = isShort ? 15 : 60
/** On their way at a time. */
const AT_ONCE = 12

const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)
const { cases, files } = await golden()
const terms = termsOf(cases)
/** A short run judges one list of each name, of both actions all the same. */
const judged = isShort ? terms.filter(({ name }, at) => terms.findIndex((one) => one.name === name) === at) : terms

describe("Istio's golden files of authorization", () => {
  test('are all used', () => {
    expect(files).toHaveLength(77)
    expect([...new Set(cases.flatMap((one) => one.files))].toSorted()).toEqual([...files].toSorted())
  })
})

describe.skipIf(program === null)(`policies of Istio beside what Istio makes of them${missing}`, () => {
  const providers = new Providers()
  const seen = { letIn: 0, refused: 0 }
  let proxy: IstioProxy

  beforeAll(async () => {
    proxy = await IstioProxy.start([...cases.map(pairOf), termPair('ALLOW'), termPair('DENY')], await providers.start())
  }, LIMIT)

  afterAll(async () => {
    await proxy?.stop()
    await providers.stop()
  })

  test.each(cases)('$name', { timeout: LIMIT }, async (one) => {
    await expectAlike(one.name, visitorsOf(one), isTold(one))
  })

  test.each(judged)('$id $name: $values', { timeout: LIMIT }, async ({ id, name, values }) => {
    const gate: Traits = { headers: [[GATE, id]] }
    const visitors = traitsFor(name, values).map((traits) => visitorOf([traits, gate]))
    await expectAlike('ALLOW', visitors)
    await expectAlike('DENY', visitors)
  })

  test('enough are let in and refused', () => {
    const all = seen.letIn + seen.refused
    expect(Math.min(seen.letIn, seen.refused)).toBeGreaterThan(all / 5)
  })

  async function expectAlike(pair: string, visitors: readonly Visitor[], withShadows = false): Promise<void> {
    const different: object[] = []
    for (let at = 0; at < visitors.length; at += AT_ONCE) {
      const some = visitors.slice(at, at + AT_ONCE)
      const verdicts = await Promise.all(some.map((visitor) => proxy.judge(pair, visitor)))
      verdicts.forEach(({ ours, native }, index) => {
        seen[native.answer.startsWith('200') ? 'letIn' : 'refused']++
        const isAlike = ours.answer === native.answer && (!withShadows || ours.shadow === native.shadow)
        if (!isAlike) different.push({ ours, native, ...some[index] })
      })
    }
    expect(different).toEqual([])
  }
})

/** Whether what would be is the same for both: the suite's verdict in the shadow is on all policies, Envoy's on those that are only tried. */
function isTold({ filters }: GoldenCase): boolean {
  return !filters.some(({ typedConfig }) => 'rules' in typedConfig && 'shadowRules' in typedConfig)
}

function pairOf(one: GoldenCase): Pair {
  return { name: one.name, ours: ourFilters(one), native: one.filters }
}

function termPair(action: 'ALLOW' | 'DENY'): Pair {
  const { ours, native } = gatedPolicies(terms, action)
  return { name: action, ours: [suiteFilter('rbac', ours)], native: [nativeFilter('rbac', 'RBAC', native)] }
}

/** Visitors that have much of what the case names. */
function visitorsOf({ name, policies }: GoldenCase): Visitor[] {
  const dice = new Dice(SEED)
  const rules = policies.flatMap(({ spec }) => spec.rules ?? [])
  const lists = rules.flatMap(({ from = [], to = [], when = [] }) => [
    ...from.flatMap(({ source }) => Object.entries(source)),
    ...to.flatMap(({ operation }) => Object.entries(operation)),
    ...when.flatMap(({ key, values = [], notValues = [] }) => [[key, [...values, ...notValues]] as const]),
  ])
  const choices = lists.map(([list, values]) => traitsFor(list, values))
  const asked = name.startsWith('custom') ? [{}, { headers: [[REFUSE, 'please']] } as Traits] : [{}]
  return Array.from({ length: VISITORS }, () => {
    const chosen = choices.filter(() => dice.roll(4) > 0).map((traits) => dice.pick(traits))
    return visitorOf([...chosen, dice.pick(asked)])
  })
}
