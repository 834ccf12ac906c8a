/** No filter grows past its bar unseen (docs/PERFORMANCE.md). */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compileGuest } from '../../bench/compile-guest.ts'
import { compileSdkGuest } from '../sdk/support/compile-sdk-guest.ts'
import { root } from '../../tools/checks/sources.ts'

const FILTER_BYTES = 40 * 1024
/** Those that verify signatures of public keys. */
const ASYMMETRIC = ['auth-any.wasm', 'hmac-auth.wasm', 'jwt-authn.wasm', 'oidc.wasm', 'token-introspection.wasm']
const ASYMMETRIC_BYTES = 80 * 1024
const HEADER_ONLY_BYTES = 12 * 1024
/** Collector and allocator included. */
const ONE_HEADER_BYTES = 4096

/** A bundle carries the SDK and what its filters share once. */
const BUNDLE_SHARE = 0.55

const bundles = JSON.parse(readFileSync(join(root, 'filters/bundles.json'), 'utf8')) as Record<string, string[]>
const modules = readdirSync(join(root, 'filters/dist')).filter(
  (name) => name.endsWith('.wasm') && !(name.slice(0, -5) in bundles),
)
const sizeOf = (name: string): number => statSync(join(root, 'filters/dist', `${name}.wasm`)).size

test('the filters are built', () => {
  expect(modules).toEqual(
    expect.arrayContaining([
      'api-key-auth.wasm',
      'auth-any.wasm',
      'basic-auth.wasm',
      'ext-authz.wasm',
      'fault.wasm',
      'header-routing.wasm',
      'hmac-auth.wasm',
      'ip-restriction.wasm',
      'jwt-authn.wasm',
      'mtls-identity.wasm',
      'oidc.wasm',
      'ratelimit.wasm',
      'rbac.wasm',
      'stats.wasm',
      'token-introspection.wasm',
    ]),
  )
})

test.each(modules)('%s has at most 40 KiB, with asymmetric crypto 80', (name) => {
  const most = ASYMMETRIC.includes(name) ? ASYMMETRIC_BYTES : FILTER_BYTES
  expect(statSync(join(root, 'filters/dist', name)).size).toBeLessThanOrEqual(most)
})

test.each(Object.entries(bundles))('%s has little more than half of the bytes of its filters', (bundle, filters) => {
  expect(sizeOf(bundle)).toBeLessThanOrEqual(BUNDLE_SHARE * filters.reduce((sum, filter) => sum + sizeOf(filter), 0))
})

test('a filter that only looks at headers has at most 12 KiB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-size-'))
  expect(statSync(compileGuest('header', 'sdk', folder)).size).toBeLessThanOrEqual(HEADER_ONLY_BYTES)
  rmSync(folder, { recursive: true })
})

test('a filter that adds one header has at most 4 KiB', async () => {
  expect((await compileSdkGuest('add-header')).length).toBeLessThanOrEqual(ONE_HEADER_BYTES)
})
