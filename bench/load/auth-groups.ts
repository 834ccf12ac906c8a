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

function apiKeys(count: number): Group {
  const config = { credentials: clients(count), key_sources: [{ header: 'x-api-key' }] }
  const native = nativeFilter('api_key_auth', 'ApiKeyAuth', config)
  return group(suiteFilter('api-key-auth', config), native, { 'X-Api-Key': `key-${count - 1}-0123456789abcdef` })
}

/** A token signed with RS256; known ones are kept by both, or by none. */
function tokens(isKept: boolean): Group {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256' }] }
  const encoded = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  const claims = { iss: 'https://idp.test', sub: 'alice', aud: 'api', exp: 4_000_000_000 }
  const text = `${encoded({ alg: 'RS256', kid: 'k1' })}.${encoded(claims)}`
  const token = `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
  const provider = { issuer: claims.iss, audiences: ['api'], local_jwks: { inline_string: JSON.stringify(jwks) } }
  const requires = { provider_name: 'idp' }
  const ours = suiteFilter('jwt-authn', {
    providers: { idp: provider },
    rules: [{ match: { path: { prefix: '/' } }, requires }],
    jwt_cache_config: { jwt_cache_size: isKept ? 100 : 0 },
  })
  const native = nativeFilter('jwt_authn', 'JwtAuthentication', {
    providers: { idp: { ...provider, ...(isKept ? { jwt_cache_config: { jwt_cache_size: 100 } } : {}) } },
    rules: [{ match: { prefix: '/' }, requires }],
  })
  return group(ours, native, { Authorization: `Bearer ${token}` })
}

/** Rules that let methods and paths in, of which the last one fits. */
function policies(count: number): Group {
  const paths = Array.from({ length: count }, (_, index) => (index === count - 1 ? '/api/' : `/service${index}/`))
  const rules = paths.map((path) => ({ to: [{ operation: { methods: ['GET'], paths: [`${path}*`] } }] }))
  const ours = suiteFilter('rbac', { policies: [{ name: 'p', action: 'ALLOW', rules }] })
  const permissions = paths.map((prefix) => ({
    and_rules: {
      rules: [{ header: { name: ':method', string_match: { exact: 'GET' } } }, { url_path: { path: { prefix } } }],
    },
  }))
  const policy = { permissions, principals: [{ any: true }] }
  const native = nativeFilter('rbac', 'RBAC', { rules: { action: 'ALLOW', policies: { p: policy } } })
  return group(ours, native, {})
}

export const AUTH_GROUPS: Readonly<Record<string, Group>> = {
  'basic-auth': group(
    suiteFilter('basic-auth', { users }),
    nativeFilter('basic_auth', 'BasicAuth', { users: { inline_string: users } }),
    {
      Authorization: `Basic ${Buffer.from('user1:test1').toString('base64')}`,
    },
  ),
  'api-key-auth': apiKeys(10),
  'api-key-auth-10000': apiKeys(10_000),
  'jwt-authn': tokens(true),
  'jwt-authn-uncached': tokens(false),
  rbac: policies(10),
  'rbac-10000': policies(10_000),
}
