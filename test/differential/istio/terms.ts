/**
 * The lists of a policy one by one, each with the matcher that Istio makes of it. A golden policy names everything at once, much of it beside
 * its contrary, so that hardly anybody passes: what a list means shows only when it stands alone.
 */
import type { GoldenCase, IstioRule, NativePolicy } from './golden.ts'
import { translatedRule } from './translation.ts'

/** Header of requests that names the term they are for. */
export const GATE = 'x-term'

export interface Term {
  readonly id: string
  /** Name of the list, as in `from`, `to` or `when`. */
  readonly name: string
  readonly values: readonly string[]
  /** The rule that has this list only, in the grammar of the suite. */
  readonly rule: IstioRule
  /** The policy of Envoy that has its matcher only. */
  readonly native: NativePolicy
}

/** A list, and the rule that consists of it. */
interface Listed {
  readonly name: string
  readonly values: readonly string[]
  readonly rule: IstioRule
}

/** In the order of Istio's matchers. */
const SOURCES = ['principals', 'requestPrincipals', 'serviceAccounts', 'trustDomains', 'namespaces', 'remoteIpBlocks', 'ipBlocks']
const OPERATIONS = ['hosts', 'methods', 'paths', 'ports']
/** Conditions whose matchers stand with those of operations. */
const OF_OPERATIONS = /^destination\.|^connection\.|^experimental\./

/** The terms of all cases, those that are the same in several once. */
export function termsOf(cases: readonly GoldenCase[]): Term[] {
  const terms = cases.flatMap(termsOfCase)
  const different = new Map(terms.map((term) => [JSON.stringify([term.rule, term.native]), term]))
  return [...different.values()].map((term, index) => ({ ...term, id: `t${index}` }))
}

function termsOfCase({ policies, filters, trustDomains }: GoldenCase): Term[] {
  const made = filters.flatMap(({ typedConfig }) => Object.entries(typedConfig.rules?.policies ?? {}))
  return made.flatMap(([name, native]) => {
    const [, policyName, number] = /policy\[(.*?)\]-rule(\d+)$/.exec(name) ?? []
    const policy = policies.find(({ metadata }) => metadata.name === policyName)
    const rule = policy?.spec.rules?.[Number(number)]
    return rule === undefined ? [] : termsOfRule(translatedRule(rule, policy!.metadata.namespace, trustDomains), native)
  })
}

function termsOfRule({ from = [], to = [], when = [] }: IstioRule, native: NativePolicy): Term[] {
  const conditions = (isOfOperations: boolean): Listed[] =>
    when.filter(({ key }) => OF_OPERATIONS.test(key) === isOfOperations).flatMap(conditionLists)
  const sources = (from.length > 0 ? from : [{ source: {} }]).map(({ source }) => [
    ...SOURCES.flatMap((name) => lists(source, name, (one) => ({ from: [{ source: one }] }))),
    ...conditions(false),
  ])
  const operations = (to.length > 0 ? to : [{ operation: {} }]).map(({ operation }) => [
    ...OPERATIONS.flatMap((name) => lists(operation, name, (one) => ({ to: [{ operation: one }] }))),
    ...conditions(true),
  ])
  return [
    ...sources.flatMap((listed, at) => paired(listed, native.principals[at]!.andIds!.ids).map(withPrincipal)),
    ...operations.flatMap((listed, at) => paired(listed, native.permissions[at]!.andRules!.rules).map(withPermission)),
  ]
}

function lists(
  all: Readonly<Record<string, readonly string[]>>,
  name: string,
  ruleOf: (one: Record<string, readonly string[]>) => IstioRule,
): Listed[] {
  return [name, `not${name[0]!.toUpperCase()}${name.slice(1)}`]
    .filter((one) => all[one] !== undefined)
    .map((one) => ({ name: one, values: all[one]!, rule: ruleOf({ [one]: all[one]! }) }))
}

function conditionLists({ key, values, notValues }: NonNullable<IstioRule['when']>[number]): Listed[] {
  return [
    ...(values ? [{ name: key, values, rule: { when: [{ key, values }] } }] : []),
    ...(notValues ? [{ name: key, values: notValues, rule: { when: [{ key, notValues }] } }] : []),
  ]
}

/** Each list with its matcher; where there is no list Istio writes one that matches all. */
function paired(listed: readonly Listed[], matchers: readonly object[]): [Listed, object][] {
  if (listed.length === 0) return []
  if (listed.length !== matchers.length)
    throw new Error(`${listed.length} lists, ${matchers.length} matchers: ${JSON.stringify(listed)}`)
  return listed.map((one, index) => [one, matchers[index]!])
}

function withPrincipal([listed, matcher]: [Listed, object]): Term {
  return { id: '', ...listed, native: { permissions: [{ any: true } as object], principals: [matcher] } }
}

function withPermission([listed, matcher]: [Listed, object]): Term {
  return { id: '', ...listed, native: { permissions: [matcher], principals: [{ any: true } as object] } }
}

/** The policies of all terms in both grammars, each for requests that name it. */
export function gatedPolicies(terms: readonly Term[], action: 'ALLOW' | 'DENY'): { ours: object; native: object } {
  return {
    ours: {
      policies: terms.map(({ id, rule }) => ({
        name: id,
        action,
        rules: [{ ...rule, when: [...(rule.when ?? []), { key: `request.headers[${GATE}]`, values: [id] }] }],
      })),
    },
    native: {
      rules: {
        action,
        policies: Object.fromEntries(
          terms.map(({ id, native }) => [id, { ...native, principals: [gated(id, native.principals[0]!)] }]),
        ),
      },
    },
  }
}

function gated(id: string, principal: object): object {
  return { andIds: { ids: [{ header: { name: GATE, stringMatch: { exact: id } } }, principal] } }
}
