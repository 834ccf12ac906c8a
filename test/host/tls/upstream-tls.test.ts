import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createStatsStore } from '../../../host/stats/store.ts'
import { SecretStats } from '../../../host/tls/secret-stats.ts'
import { TlsSecrets } from '../../../host/tls/tls-secrets.ts'
import { TlsStats } from '../../../host/tls/tls-stats.ts'
import { UpstreamTls } from '../../../host/tls/upstream-tls.ts'
import { makeCertificate } from '../../support/certificate.ts'

const STORE = createStatsStore({ writers: 1 })
const TLS = new UpstreamTls(
  {
    certificates: [],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: 'DEFAULT',
    curves: '',
    signatureAlgorithms: '',
    alpn: [],
    validation: null,
    secrets: null,
    sni: '',
    asksForEndpoint: false,
    verifiesName: false,
    resumes: false,
  },
  {
    stats: new TlsStats(STORE, 'cluster.c'),
    secretStats: new SecretStats(STORE, 'cluster.c.client'),
    secrets: new TlsSecrets(),
  },
)

let folder: string
let echo: Server
let plain: Server

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'))
  const { certificate, key } = await makeCertificate(folder)
  echo = createServer({ cert: await readFile(certificate), key: await readFile(key) }, (socket) => socket.pipe(socket))
  plain = createPlainServer()
  for (const server of [echo, plain]) await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterAll(async () => {
  echo.close()
  plain.close()
  await rm(folder, { recursive: true })
})

const portOf = (server: Server): number => (server.address() as AddressInfo).port

it('a server name that is too long fails its own connection, and no other', async () => {
  const other = connect({ host: '127.0.0.1', port: portOf(echo), rejectUnauthorized: false })
  await once(other, 'secureConnect')
  const options = { host: '127.0.0.1', port: portOf(plain) }
  const refused = TLS.connect(options, '', { sni: 'a'.repeat(256), name: null }, () => {})
  const failure = once(refused, 'error')
  other.write('still here')
  expect(String((await once(other, 'data'))[0])).toBe('still here')
  other.destroy()
  expect(String((await failure)[0])).toContain('256 bytes')
})
