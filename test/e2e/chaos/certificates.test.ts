/** Certificates that have expired, and others that take their place while everybody goes on. */
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TestAuthority, type Issued } from '../../support/authority.ts'
import { ask, GET, parse } from '../host/setup.ts'
import { ChaosProxy, KINDS } from './proxies.ts'

const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3'
const folder = mkdtempSync(join(tmpdir(), 'sluice-certificates-'))
let authority: TestAuthority
let expired: Issued
let good: Issued
let proxy: ChaosProxy | null = null

beforeAll(async () => {
  mkdirSync(join(folder, 'authority'))
  authority = await TestAuthority.create(join(folder, 'authority'))
  expired = await authority.issue({ names: 'DNS:a.test', isExpired: true })
  good = await authority.issue({ names: 'DNS:a.test' })
})

afterEach(async () => {
  await proxy?.stop()
  proxy = null
})

afterAll(() => rmSync(folder, { recursive: true }))

function transportSocket(context: 'Upstream' | 'Downstream', common: object): object {
  return { name: 'tls', typed_config: { '@type': `${TLS}.${context}TlsContext`, common_tls_context: common } }
}

async function startUpstream({ certificate: cert, key }: Issued): Promise<{ server: Server; port: number }> {
  const server = createServer({ cert, key }, (_, response) => response.end('ok')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

describe.each(KINDS)("an upstream's certificate: $name", (kind) => {
  it.skipIf(kind.missing !== '')(`that has expired is refused until there is another${kind.missing}`, async () => {
    const { server, port } = await startUpstream(expired)
    const common = { validation_context: { trusted_ca: { filename: authority.file } } }
    const cluster = { transport_socket: transportSocket('Upstream', common) }
    proxy = await ChaosProxy.start(kind, { choices: { ports: [port], cluster } })
    const refused = parse(await ask(proxy.port))
    expect(refused.status).toBe(503)
    expect(refused.body).toMatch(
      /^upstream connect error or disconnect\/reset before headers. reset reason: remote connection failure/,
    )
    await expect
      .poll(() => proxy!.log('/'))
      .toEqual([
        expect.stringMatching(
          /^503 UF upstream_reset_before_response_started\{remote_connection_failure\|TLS_error:.*CERTIFICATE_VERIFY_FAILED/,
        ),
      ])
    expect(await proxy.stat('cluster.up.ssl.fail_verify_error')).toBe(1)
    server.setSecureContext({ cert: good.certificate, key: good.key })
    expect(parse(await ask(proxy.port)).status).toBe(200)
    server.closeAllConnections()
    server.close()
  })
})

describe('the certificate of a listener', () => {
  it('changes with its file, while connections with the one before go on', { timeout: 60_000 }, async () => {
    const files = { certificate_chain: { filename: join(folder, 'own.pem') }, private_key: { filename: join(folder, 'own.key') } }
    install(expired)
    const routes = [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'ok' } } }]
    const chain = { transport_socket: transportSocket('Downstream', { tls_certificates: [files] }) }
    proxy = await ChaosProxy.start(KINDS[0]!, { choices: { ports: [], routes, chain }, flags: ['--watch'] })
    const careless = await dial(proxy.port, { rejectUnauthorized: false })
    expect(await answerOn(careless)).toContain('200 OK')
    await expect(dial(proxy.port, { ca: authority.pem })).rejects.toThrow('certificate has expired')
    install(good)
    await expect.poll(() => dial(proxy!.port, { ca: authority.pem }).then(answerOn, String)).toContain('200 OK')
    expect(await answerOn(careless)).toContain('200 OK')
    careless.destroy()
  })
})

function install({ certificateFile, keyFile }: Issued): void {
  copyFileSync(keyFile, join(folder, 'own.key'))
  copyFileSync(certificateFile, join(folder, 'own.pem'))
}

async function dial(port: number, trust: { ca: string } | { rejectUnauthorized: false }): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'a.test', ...trust })
  await once(socket, 'secureConnect')
  return socket
}

/** The next answer on the connection. */
async function answerOn(socket: TLSSocket): Promise<string> {
  socket.write(GET)
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  return bytes.latin1Slice()
}
