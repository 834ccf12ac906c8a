/**
 * What rbac knows from filters of the proxy: claims of Envoy's jwt_authn, other metadata, the address of the peer. The host has no such filters;
 * beside Envoy's they are judged in test/differential/istio-policies.test.ts.
 */
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createTestHost, encodeProperties, type TestHost } from '../../host/testing/index.ts'

const wasm = join(import.meta.dirname, '../../filters/dist/rbac.wasm')
const JWT = 'envoy.filters.http.jwt_authn'

let host: TestHost

afterEach(() => host.close())

/** The status of a request that only a condition lets in, where the proxy says so much. */
async function statusOf(when: object, properties: Record<string, string>): Promise<number> {
  host = createTestHost({ filters: [{ wasm, config: { policies: [{ name: 'p', rules: [{ when: [when] }] }] } }], properties })
  return (await host.request()).status
}

function metadata(filter: string, value: object): Record<string, string> {
  return encodeProperties({ metadata: { filter_metadata: { 'envoy.lb': { payload: { sub: 'other' } }, [filter]: value } } })
}

describe("claims that Envoy's jwt_authn has left", () => {
  const payload = {
    iss: 'https://idp.test',
    sub: 'alice "a"\u00fc',
    aud: ['api', 'web'],
    scope: 'read write',
    level: 7,
    none: null,
    yes: true,
    deep: { a: { b: ['x', { c: 'y' }, 'z'] } },
  }

  test.each([
    ['request.auth.principal', 'https://idp.test/alice "a"\u00fc', 200],
    ['request.auth.principal', 'https://idp.test/bob', 403],
    ['request.auth.audiences', 'web', 200],
    ['request.auth.audiences', 'we', 403],
    ['request.auth.claims[scope]', 'write', 200],
    ['request.auth.claims[deep][a][b]', 'x', 200],
    ['request.auth.claims[level]', '*', 403],
    ['request.auth.claims[none]', '*', 403],
    ['request.auth.claims[yes]', '*', 403],
    ['request.auth.claims[deep]', '*', 403],
    ['request.auth.claims[other]', '*', 403],
  ])('%s is %s: %i', async (key, value, status) => {
    expect(await statusOf({ key, values: [value] }, metadata(JWT, { payload }))).toBe(status)
  })

  test('count only under the name that Istio gives them', async () => {
    const claims = { key: 'request.auth.claims[sub]', values: ['*'] }
    expect(await statusOf(claims, metadata(JWT, { other: payload }))).toBe(403)
    host.close()
    expect(await statusOf(claims, metadata('some.other', { payload }))).toBe(403)
    host.close()
    expect(await statusOf(claims, { metadata: '' })).toBe(403)
  })

  test('stand behind those of a filter of the suite', async () => {
    const properties = { ...metadata(JWT, { payload }), 'auth.claims': '{"sub":"carol"}' }
    expect(await statusOf({ key: 'request.auth.claims[sub]', values: ['carol'] }, properties)).toBe(200)
  })

  test('are none where the bytes are no message', async () => {
    const { metadata: bytes = '' } = metadata(JWT, { payload })
    for (let end = 0; end < bytes.length; end += 7) {
      const status = await statusOf(
        { key: 'request.auth.claims[deep][a][b]', values: ['none'] },
        { metadata: bytes.slice(0, end) },
      )
      host.close()
      expect(status).toBe(403)
    }
  })
})

describe('metadata of a filter', () => {
  const key = 'experimental.envoy.filters.a.b[c]'

  test.each([
    [{ c: 'one' }, 'one', 200],
    [{ c: 'one' }, 'on*', 200],
    [{ c: ['two', 'one'] }, 'one', 200],
    [{ c: 'two' }, 'one', 403],
    [{ c: 1 }, '*', 403],
    [{ d: 'one' }, '*', 403],
  ])('%o is %s: %i', async (value, wanted, status) => {
    expect(await statusOf({ key, values: [wanted] }, metadata('envoy.filters.a.b', value))).toBe(status)
  })

  test('that is not there is in no list', async () => {
    expect(await statusOf({ key, not_values: ['*'] }, metadata('envoy.filters.b', { c: 'one' }))).toBe(200)
  })
})

describe('the address of the peer', () => {
  const source = encodeProperties({ source: { address: '203.0.113.7:0' } })
  const told = encodeProperties({ source: { address: '203.0.113.7:0' }, filter_state: { 'auth.peer_address': '10.0.0.9:4711' } })

  test.each([
    ['source.ip', '10.0.0.0/8', told, 200],
    ['source.ip', '203.0.113.0/24', told, 403],
    ['remote.ip', '203.0.113.0/24', told, 200],
    ['remote.ip', '10.0.0.0/8', told, 403],
    ['source.ip', '10.0.0.0/8', source, 403],
    ['source.ip', '203.0.113.0/24', source, 403],
  ])('%s in %s', async (key, range, properties, status) => {
    expect(await statusOf({ key, values: [range] }, properties)).toBe(status)
  })
})
