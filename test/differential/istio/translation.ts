/** Istio's policies in the grammar of the suite: the same rules, with what a mesh adds to them written out. */
import { suiteFilter } from '../suite-filter.ts'
import type { AuthorizationPolicy, GoldenCase, IstioRule } from './golden.ts'

/** Clusters that answer for the providers of CUSTOM policies. */
export const AUTHORITY = 'outbound|9000||my-custom-ext-authz.foo.svc.cluster.local'

/** The filters of the suite that do what the policies of a case say. */
export function ourFilters(golden: GoldenCase): object[] {
  const asks = golden.filters.find(({ name }) => name === 'envoy.filters.http.ext_authz')
  if (asks !== undefined) return [suiteFilter('ext-authz', asking(golden, 'httpService' in asks.typedConfig))]
  return [suiteFilter('rbac', { policies: golden.policies.map((policy) => translated(policy, golden.trustDomains)) })]
}

function translated({ metadata, spec }: AuthorizationPolicy, trustDomains: readonly string[]): object {
  return {
    name: metadata.name,
    // Of providers that are not as they should be Istio says: what would ask them is denied.
    action: spec.action === 'CUSTOM' ? 'DENY' : (spec.action ?? 'ALLOW'),
    dry_run: metadata.annotations?.['istio.io/dry-run'] === 'true',
    rules: (spec.rules ?? []).map((rule) => translatedRule(rule, metadata.namespace, trustDomains)),
  }
}

/** A rule with service accounts of the policy's namespace, and with principals under all names of their trust domain. */
export function translatedRule(rule: IstioRule, namespace: string, trustDomains: readonly string[]): IstioRule {
  const sources = rule.from?.map(({ source }) => ({
    source: Object.fromEntries(
      Object.entries(source).map(([name, values]) => [name, written(name, values, namespace, trustDomains)]),
    ),
  }))
  const conditions = rule.when?.map(({ key, values, notValues }) => ({
    key,
    ...(values && { values: written(key, values, namespace, trustDomains) }),
    ...(notValues && { notValues: written(key, notValues, namespace, trustDomains) }),
  }))
  return { ...rule, ...(sources && { from: sources }), ...(conditions && { when: conditions }) }
}

function written(name: string, values: readonly string[], namespace: string, trustDomains: readonly string[]): readonly string[] {
  if (/service_?accounts?$/i.test(name)) return values.map((value) => (value.includes('/') ? value : `${namespace}/${value}`))
  return /^(not)?principals$|^source\.principal$/i.test(name)
    ? values.flatMap((value) => inAllDomains(value, trustDomains))
    : values
}

/** A principal under the trust domain and its aliases, if it is of one of them; `cluster.local` stands for all. */
function inAllDomains(principal: string, trustDomains: readonly string[]): string[] {
  const [domain = '', ...rest] = principal.split('/')
  const isOf = (one: string): boolean => (domain.startsWith('*') ? one.endsWith(domain.slice(1)) : one === domain)
  if (rest.length !== 4 || domain === '*' || !(domain === 'cluster.local' || trustDomains.some(isOf))) return [principal]
  return [...new Set(trustDomains.map((one) => (isOf(one) ? principal : [one, ...rest].join('/'))))]
}

/** CUSTOM policies: the paths that they name are asked for, others are not. */
function asking({ policies }: GoldenCase, isHttp: boolean): object {
  const paths = policies
    .flatMap(({ spec }) => spec.rules ?? [])
    .flatMap(({ to = [] }) => to.flatMap(({ operation }) => operation['paths']!))
  const rules = [...paths.map((exact) => ({ match: { path: { exact } } })), { match: {}, disabled: true }]
  const service = isHttp
    ? {
        http_service: {
          http_uri: { uri: 'http://authz.test', cluster: AUTHORITY, timeout: '20s' },
          path_prefix: '/check',
          authorization_request: { allowed_headers: { patterns: [{ prefix: 'x-prefix-' }] } },
        },
      }
    : { grpc_service: { cluster: AUTHORITY, authority: 'authz.test', timeout: '20s' } }
  return { ...service, rules, failure_mode_allow: true, status_on_error: 403 }
}
