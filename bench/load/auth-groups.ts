/** Filters that guard, beside Envoy's own of the same kind: the same requests, all of them let in. */
import { createHash } from 'node:crypto'
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
}
