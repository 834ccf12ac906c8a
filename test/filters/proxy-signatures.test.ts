/** What the host and a real Envoy say of Wycheproof's signatures when filters ask them, beside the SDK's own verdict and Wycheproof's. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestHost, type TestHost } from '../../host/testing/index.ts'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'
import { vectorGroups, type VectorGroup } from '../sdk/support/wycheproof.ts'
import { EnvoyProcess } from '../support/envoy.ts'
import { freePorts } from '../support/ports.ts'

const RSA = ['256', '384', '512'].flatMap((sha) =>
  ['2048', '3072', '4096'].map((bits) => ['RSA', `rsa_signature_${bits}_sha${sha}`]),
)
const ECDSA = [
  ['P-256', 'ecdsa_secp256r1_sha256_p1363'],
  ['P-384', 'ecdsa_secp384r1_sha384_p1363'],
  ['P-521', 'ecdsa_secp521r1_sha512_p1363'],
]
const EXTENSIONS = 'type.googleapis.com/envoy.extensions.filters'

type Ask = (headers: Record<string, string>) => Promise<string>

const wasm = await sdkGuestModule(join(import.meta.dirname, 'guests/proxy-signatures.ts'))

function hostWith(foreignFunctions: Record<string, () => number | Uint8Array> = {}): TestHost {
  return createTestHost({ filters: [{ wasm: readFileSync(wasm) }], logLevel: 'off', foreignFunctions })
}

function bootstrap(port: number): object {
  const plugin = { name: 'asked', vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: wasm } } } }
  const http = {
    '@type': `${EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    route_config: {
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: { status: 404 } }] }],
    },
    http_filters: [
      { name: 'asked', typed_config: { '@type': `${EXTENSIONS}.http.wasm.v3.Wasm`, config: plugin } },
      { name: 'router', typed_config: { '@type': `${EXTENSIONS}.http.router.v3.Router` } },
    ],
  }
  const address = (value: number): object => ({ socket_address: { address: '127.0.0.1', port_value: value } })
  const listener = { name: 'in', address: address(port), filter_chains: [{ filters: [{ name: 'http', typed_config: http }] }] }
  return { admin: { address: address(0) }, static_resources: { listeners: [listener] } }
}

const [port] = await freePorts(1)
const envoy = await EnvoyProcess.start(0, () => Promise.resolve(bootstrap(port!)))
const host = hostWith()

afterAll(async () => {
  host.close()
  await envoy.stop()
})

const PROXIES: readonly (readonly [string, Ask])[] = [
  ['the host', async (headers) => (await host.request({ headers })).text],
  ['Envoy', async (headers) => (await fetch(`http://127.0.0.1:${port}/`, { headers })).text()],
]

/** Vectors of which the three verdicts are not one. */
async function differences(ask: Ask, kind: string, groups: readonly VectorGroup[]): Promise<string[]> {
  const all: string[] = []
  for (const { sha = '', publicKeyDer, tests } of groups) {
    for (const { tcId, comment, msg, sig, result } of tests) {
      const key = { 'x-kind': kind, 'x-hash': sha.toLowerCase().replace('-', ''), 'x-key': publicKeyDer }
      const seen = await ask({ ...key, 'x-message': msg, 'x-signature': sig })
      if (seen !== (result === 'valid' ? '1 1' : '0 0')) all.push(`${tcId} ${comment}: ${result}, ${seen}`)
    }
  }
  return all
}

describe.each(PROXIES)('signatures that %s verifies', (_, ask) => {
  it.each([...RSA, ...ECDSA])('%s, %s', async (kind, name) => {
    const groups = await vectorGroups(name!)
    expect(groups.flatMap(({ tests }) => tests).length).toBeGreaterThan(200)
    expect(await differences(ask, kind!, groups)).toEqual([])
  })
})
