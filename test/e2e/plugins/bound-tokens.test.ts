/**
 * jwt-authn on tokens that are bound to the certificate of a client (RFC 8705), which reaches the filter by TLS of its own, in host and Envoy.
 * The thumbprint is node:crypto's.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pair } from '../../../host/testing/cases/table.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { TestAuthority, type Issued } from '../../support/authority.ts'
import { exchange } from '../../support/client.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { answering, bootstrap, OK, wasmFilter } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'

const LIMIT = 60_000
const ISSUER = 'https://idp.test'
const module = join(import.meta.dirname, '../../../filters/dist/jwt-authn.wasm')
const { value: envoy, reason: why } = await fetchOrReason(fetchEnvoy)
const { publicKey, privateKey } = await generateKeyPair('ES256')

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
const digestOf = (client: Issued): Buffer => sha256(new X509Certificate(client.certificate).raw)

/** A token that is good only for this client. */
function tokenFor(client: Issued): Promise<string> {
  const claims = { sub: 'alice', cnf: { 'x5t#S256': digestOf(client).toString('base64url') } }
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).setIssuer(ISSUER).setExpirationTime('10m').sign(privateKey)
}

async function configuration(): Promise<object> {
  const inline_string = JSON.stringify({ keys: [await exportJWK(publicKey)] })
  const idp = {
    issuer: ISSUER,
    local_jwks: { inline_string },
    token_binding: 'mtls',
    claim_to_headers: [{ header_name: 'x-user', claim_name: 'sub' }],
  }
  const value = JSON.stringify({ providers: { idp }, rules: [{ match: {}, requires: { provider_name: 'idp' } }] })
  return { '@type': 'type.googleapis.com/google.protobuf.StringValue', value }
}

/** Verifies certificates of clients, and needs none. */
function downstreamTls(authority: TestAuthority, server: Issued): object {
  const own = { certificate_chain: { filename: server.certificateFile }, private_key: { filename: server.keyFile } }
  const typed_config = {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    common_tls_context: { tls_certificates: [own], validation_context: { trusted_ca: { filename: authority.file } } },
  }
  return { name: 'envoy.transport_sockets.tls', typed_config }
}

const PROXIES = [
  { name: 'host', start: startHost, isThere: true },
  { name: `Envoy${why}`, start: startEnvoy, isThere: envoy !== null },
]

describe.each(PROXIES)('a token that is bound to a certificate behind $name', ({ start, isThere }) => {
  describe.runIf(isThere)('when it is shown', () => {
    const app = answering(OK)
    let authority: TestAuthority
    let [alice, mallory]: Issued[] = []
    let proxy: Proxy

    beforeAll(async () => {
      authority = await TestAuthority.create(await mkdtemp(join(tmpdir(), 'sluice-bound-')))
      const server = await authority.issue()
      alice = await authority.issue({ subject: '/CN=alice', keyType: 'rsa' })
      mallory = await authority.issue({ subject: '/CN=alice' })
      const more = { configuration: await configuration(), fail_open: false }
      const filters = [wasmFilter(module, more, { vm_id: 'bound' })]
      const chain = { transport_socket: downstreamTls(authority, server) }
      proxy = await start(bootstrap({ ports: [await app.start()], filters, chain, admin: true }))
    }, LIMIT)

    afterAll(async () => {
      await proxy.stop()
      await app.stop()
      await rm(authority.folder, { recursive: true, force: true })
    })

    /** Start line and body of the answer to a client with this certificate that shows Alice's token. */
    async function ask(client: Issued | null, more: readonly Pair[] = []): Promise<string> {
      const headers: Pair[] = [['authorization', `Bearer ${await tokenFor(alice!)}`], ...more]
      const own = client === null ? {} : { cert: client.chain, key: client.key }
      const request = {
        method: 'GET',
        path: '/',
        headers,
        body: '',
        chunks: null,
        trailers: [],
        abortMillis: null,
        from: '127.0.0.1',
      }
      const tls = { ca: authority.pem, checkServerIdentity: () => undefined, ...own }
      const { message } = await exchange(proxy.ports.get('main')!, request, tls)
      return `${message?.startLine.split(' ')[1]} ${message?.body}`
    }

    test('by its client, is good, and the upstream is told whose it is', async () => {
      expect(await ask(alice!)).toBe('200 ok')
      expect(app.received.join('')).toMatch(/^x-user: alice\r$/m)
    })

    test.each([
      ['another certificate of the same name', () => mallory!],
      ['none', () => null],
    ])('with %s, is refused', async (_, client) => {
      const before = app.received.join('')
      expect(await ask(client())).toBe('401 Jwt is bound to another certificate')
      expect(app.received.join('')).toBe(before)
    })

    test('with a header that says that its client is another, is refused', async () => {
      const hash = digestOf(alice!).toString('hex')
      expect(await ask(mallory!, [['x-forwarded-client-cert', `Hash=${hash}`]])).toBe('401 Jwt is bound to another certificate')
    })
  })
})
