/** The order of a chain's filters: for those of the suite it is known what must not come before what. */
import { errorFinding, warningFinding, type CheckFinding, type Level } from './check-finding.ts'

/** One filter of a chain; of a bundle, each filter of its configuration. */
export interface ChainMember {
  /** Which filter it is: the name of its module or, in a bundle, its own. */
  readonly kind: string
  /** Dotted path in the configuration. */
  readonly path: string
  /** Parsed; null = none, or not JSON. */
  readonly config: unknown
  readonly isFailOpen: boolean
}

/** `late` must not come after `early`. */
interface OrderRule {
  readonly early: string
  readonly late: string
  readonly level: Level
  readonly because: string
  /** Null = always. */
  readonly applies: ((early: ChainMember, late: ChainMember) => boolean) | null
}

/** They ask for a secret. */
const LOGINS = ['api-key-auth', 'auth-any', 'basic-auth', 'hmac-auth', 'jwt-authn', 'oidc', 'token-introspection']
/** A route could need more of them. */
const IDENTITIES = [...LOGINS, 'mtls-identity', 'ext-authz', 'rbac']
/** They decide who may pass. */
export const GUARDS: readonly string[] = [...IDENTITIES, 'ip-restriction']

const RULES: readonly OrderRule[] = [
  ...IDENTITIES.map((late) => ({
    early: 'header-routing',
    late,
    level: 'error' as const,
    because: 'a header changed after the check could reach a route that needs more',
    applies: null,
  })),
  ...[...LOGINS, 'mtls-identity'].map((early) => ({
    early,
    late: 'rbac',
    level: 'error' as const,
    because: 'policies decide by what the check finds out',
    applies: null,
  })),
  ...LOGINS.map((early) => ({
    early,
    late: 'ratelimit',
    level: 'error' as const,
    because: 'the limit counts by a header that only the check sets, and a client may write it before',
    applies: countsByClient,
  })),
  ...LOGINS.map((early) => ({
    early,
    late: 'fault',
    level: 'warning' as const,
    because: 'strangers could hold memory for as long as a delay lasts',
    applies: null,
  })),
  { early: 'ratelimit', late: 'fault', level: 'warning', because: 'delayed requests are not limited yet', applies: null },
  ...['header-routing', ...GUARDS, 'ratelimit', 'fault'].map((late) => ({
    early: 'stats',
    late,
    level: 'warning' as const,
    because: 'what an earlier filter changes or ends is counted as it left it, not as it came',
    applies: null,
  })),
]

/** Faults of one chain, in its order. */
export function checkChain(filters: readonly ChainMember[]): CheckFinding[] {
  return [
    ...filters.flatMap((late, index) => filters.slice(index + 1).flatMap((early) => orderFindings(early, late))),
    ...openFindings(filters),
  ]
}

/** `late` stands before `early` in the chain. */
function orderFindings(early: ChainMember, late: ChainMember): CheckFinding[] {
  const rules = RULES.filter(
    (rule) => rule.early === early.kind && rule.late === late.kind && (rule.applies?.(early, late) ?? true),
  )
  return rules.map(({ level, because }) => {
    const detail = { path: late.path, seen: `${late.kind} before ${early.kind}`, wanted: `${early.kind} first: ${because}` }
    const make = level === 'error' ? errorFinding : warningFinding
    return make('SLUICE_CHECK_ORDER', 'Filters in the wrong order', detail)
  })
}

function openFindings(filters: readonly ChainMember[]): CheckFinding[] {
  return filters
    .filter(({ kind, isFailOpen }) => GUARDS.includes(kind) && isFailOpen)
    .map(({ path }) => {
      const detail = { path, seen: 'FAIL_OPEN', wanted: 'FAIL_CLOSED or FAIL_RELOAD' }
      return errorFinding('SLUICE_CHECK_FAIL_OPEN', 'When the check fails, everyone is let in', detail)
    })
}

/** Whether the limit's key is a header into which the check writes the client. */
function countsByClient(auth: ChainMember, limit: ChainMember): boolean {
  const headers = new Set(lowerCased(clientHeaders(auth.config)))
  const names = list(field(limit.config, 'limits'))
    .flatMap((one) => list(field(one, 'actions')))
    .map((action) => field(action, 'request_headers', 'header_name'))
  return lowerCased(names).some((name) => headers.has(name))
}

/** Headers that tell the upstream who the client is. */
function clientHeaders(auth: unknown): unknown[] {
  const providers = Object.values(record(field(auth, 'providers')))
  const claims = providers.flatMap((provider) => list(field(provider, 'claim_to_headers')))
  const methods = Object.values(record(field(auth, 'methods'))).flatMap((method) => Object.values(record(method)))
  return [
    ...methods.flatMap(clientHeaders),
    field(auth, 'forwarding', 'header'),
    field(auth, 'forward_username_header'),
    ...claims.map((claim) => field(claim, 'header_name')),
  ]
}

function lowerCased(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string').map((value) => value.toLowerCase())
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A value inside plain data; names may be written in camelCase. */
function field(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((inner, name) => {
    if (typeof inner !== 'object' || inner === null) return undefined
    const fields = inner as Readonly<Record<string, unknown>>
    return fields[name] ?? fields[name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]
  }, value)
}
