/** A reload with another client certificate of a cluster: who connects from then on shows the new one. */
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createHost, type Host } from '../../../host/index.ts'
import { TestAuthority, type Issued } from '../../support/authority.ts'
import { ask, bootstrap, parse } from './setup.ts'

const UPSTREAM = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
const folder = mkdtempSync(join(tmpdir(), 'sluice-reload-certificates-'))
const files = { certificate: join(folder, 'client.pem'), key: join(folder, 'client.key') }
let authority: TestAuthority
let clients: readonly Issued[]
let upstream: Server
let host: Host | null = null

beforeAll(async () => {
  mkdirSync(join(folder, 'authority'))
  authority = await TestAuthority.create(join(folder, 'authority'))
  clients = [await authority.issue({ subject: '/CN=first' }), await authority.issue({ subject: '/CN=second' })]
  const { certificate: cert, key } = await authority.issue({ names: 'DNS:a.test' })
  upstream = createServer({ cert, key, ca: authority.pem, requestCert: true }, ({ socket }, response) =>
    response.end((socket as TLSSocket).getPeerCertificate().subject.CN),
  ).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
})

afterEach(async () => {
  await host?.stop()
  host = null
})

afterAll(() => {
  upstream.close()
  rmSync(folder, { recursive: true })
})

function configOf(certificate: string, key: string): object {
  const common_tls_context = {
    tls_certificates: [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }],
  }
  const transport_socket = { name: 'tls', typed_config: { '@type': UPSTREAM, common_tls_context } }
  return bootstrap({ ports: [(upstream.address() as AddressInfo).port], cluster: { transport_socket } })
}

/** Whom the upstream takes the host for. */
async function shown(): Promise<string> {
  return parse(await ask(host!.addresses.get('main')!.port)).body
}

function copyClient(index: number): void {
  copyFileSync(clients[index]!.certificateFile, files.certificate)
  copyFileSync(clients[index]!.keyFile, files.key)
}

it('is shown after a reload that names other files', async () => {
  const [first, second] = clients
  host = await createHost({ config: configOf(first!.certificateFile, first!.keyFile), concurrency: 1, logLevel: 'off' })
  expect([await shown(), await shown()]).toEqual(['first', 'first'])
  await host.reload(configOf(second!.certificateFile, second!.keyFile))
  expect([await shown(), await shown()]).toEqual(['second', 'second'])
})

it('is shown after a reload of the same configuration whose files say something else', async () => {
  copyClient(0)
  host = await createHost({ config: configOf(files.certificate, files.key), concurrency: 1, logLevel: 'off' })
  expect([await shown(), await shown()]).toEqual(['first', 'first'])
  copyClient(1)
  expect(await shown()).toBe('first')
  await host.reload(configOf(files.certificate, files.key))
  expect([await shown(), await shown()]).toEqual(['second', 'second'])
})
