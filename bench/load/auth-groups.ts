/** Filters that guard, beside Envoy's own of the same kind: the same requests, all of them let in. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { nativeFilter, suiteFilter } from '../../test/differential/suite-filter.ts'
import type { Group, Variant } from './groups.ts'

function variant(name: string, proxy: Variant['proxy'], filters: readonly object[]): Variant {
  return { name, proxy, guest: null, filters }
}

/** Envoy without filter, with its own, with ours, and the host with ours; every request has the headers. */
function group(ours: object, native: object, headers: Readonly<Record<string, string>>): Group {
  return {
    variants: [
      variant('envoy', 'envoy', []),
      variant('envoy + native', 'envoy', [native]),
      variant('envoy + ours', 'envoy', [ours]),
      variant('sluice + ours', 'sluice', [ours]),
    ],
    references: ['envoy + native'],
    base: 'envoy',
    traffic: { headers },
  }
}

const users = `user1:{SHA}${createHash('sha1').update('test1').digest('base64')}`

/** Clients client0, client1 …, each with a key. */
function clients(count: number): { client: string; key: string }[] {
  return Array.from({ length: count }, (_, index) => ({ client: `client${index}`, key: `key-${index}-0123456789abcdef` }))
}

/** A filter of the suite by name, Envoy's own of the same kind, and headers of a request that both let in. */
interface Twins {
  readonly name: string
  readonly config: object
  /** None: Envoy has no such filter. */
  readonly native?: object
  readonly headers: Readonly<Record<string, string>>
}

function alone({ name, config, native, headers }: Twins): Group {
  return group(suiteFilter(name, config), native!, headers)
}

function apiKeys(count: number): Twins {
  const config = { credentials: clients(count), key_sources: [{ header: 'x-api-key' }] }
  const native = nativeFilter('api_key_auth', 'ApiKeyAuth', config)
  return { name: 'api-key-auth', config, native, headers: { 'X-Api-Key': `key-${count - 1}-0123456789abcdef` } }
}

/** A token signed with RS256; known ones are kept by both, or by none. */
function tokens(isKept: boolean): Twins {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256' }] }
  const encoded = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  const claims = { iss: 'https://idp.test', sub: 'alice', aud: 'api', exp: 4_000_000_000 }
  const text = `${encoded({ alg: 'RS256', kid: 'k1' })}.${encoded(claims)}`
  const token = `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
  const provider = { issuer: claims.iss, audiences: ['api'], local_jwks: { inline_string: JSON.stringify(jwks) } }
  const requires = { provider_name: 'idp' }
  const config = {
    providers: { idp: provider },
    rules: [{ match: { path: { prefix: '/' } }, requires }],
    jwt_cache_config: { jwt_cache_size: isKept ? 100 : 0 },
  }
  const native = nativeFilter('jwt_authn', 'JwtAuthentication', {
    providers: { idp: { ...provider, ...(isKept ? { jwt_cache_config: { jwt_cache_size: 100 } } : {}) } },
    rules: [{ match: { prefix: '/' }, requires }],
  })
  return { name: 'jwt-authn', config, native, headers: { Authorization: `Bearer ${token}` } }
}

/** Rules that let methods and paths in, of which the last one fits. */
function policies(count: number): Twins {
  const paths = Array.from({ length: count }, (_, index) => (index === count - 1 ? '/api/' : `/service${index}/`))
  const rules = paths.map((path) => ({ to: [{ operation: { methods: ['GET'], paths: [`${path}*`] } }] }))
  const config = { policies: [{ name: 'p', action: 'ALLOW', rules }] }
  const permissions = paths.map((prefix) => ({
    and_rules: {
      rules: [{ header: { name: ':method', string_match: { exact: 'GET' } } }, { url_path: { path: { prefix } } }],
    },
  }))
  const policy = { permissions, principals: [{ any: true }] }
  const native = nativeFilter('rbac', 'RBAC', { rules: { action: 'ALLOW', policies: { p: policy } } })
  return { name: 'rbac', config, native, headers: {} }
}

/** Addresses that are denied, none of which the client has. */
function addresses(): Twins {
  const ranges = Array.from({ length: 10 }, (_, index) => `203.0.${index}.0`)
  const ids = ranges.map((address_prefix) => ({ direct_remote_ip: { address_prefix, prefix_len: 24 } }))
  const policy = { permissions: [{ any: true }], principals: ids }
  const native = nativeFilter('rbac', 'RBAC', { rules: { action: 'DENY', policies: { p: policy } } })
  return { name: 'ip-restriction', config: { deny: ranges.map((address) => `${address}/24`) }, native, headers: {} }
}

/** Where clients come from, who they are, what they may: filters that guard in their order, as modules and as one bundle. */
const CHAIN: readonly Twins[] = [
  { name: 'mtls-identity', config: { forward: { header: 'x-peer-id' } }, headers: {} },
  addresses(),
  apiKeys(10),
  tokens(true),
  policies(10),
]

function chain(proxy: 'envoy' | 'sluice'): Group {
  const modules = CHAIN.map(({ name, config }) => suiteFilter(name, config))
  const bundled = suiteFilter(
    'auth-bundle',
    CHAIN.map(({ name, config: configuration }) => ({ name, configuration })),
  )
  const native = CHAIN.flatMap((twins) => twins.native ?? [])
  return {
    variants: [
      variant(proxy, proxy, []),
      ...(proxy === 'envoy' ? [variant('envoy + native', 'envoy', native)] : []),
      variant(`${proxy} + modules`, proxy, modules),
      variant(`${proxy} + bundle`, proxy, [bundled]),
    ],
    references: proxy === 'envoy' ? ['envoy + native'] : [],
    base: proxy,
    addedReferences: [...(proxy === 'envoy' ? ['envoy + native'] : []), `${proxy} + modules`],
    traffic: { headers: Object.assign({}, ...CHAIN.map(({ headers }) => headers)) as Record<string, string> },
  }
}

export const AUTH_GROUPS: Readonly<Record<string, Group>> = {
  'basic-auth': group(
    suiteFilter('basic-auth', { users }),
    nativeFilter('basic_auth', 'BasicAuth', { users: { inline_string: users } }),
    {
      Authorization: `Basic ${Buffer.from('user1:test1').toString('base64')}`,
    },
  ),
  'api-key-auth': alone(apiKeys(10)),
  'api-key-auth-10000': alone(apiKeys(10_000)),
  'jwt-authn': alone(tokens(true)),
  'jwt-authn-uncached': alone(tokens(false)),
  rbac: alone(policies(10)),
  'rbac-10000': alone(policies(10_000)),
  'auth-chain': chain('envoy'),
  'auth-chain-host': chain('sluice'),
}
