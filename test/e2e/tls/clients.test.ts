/** TLS of the host with clients that others wrote, over several workers, and while certificates change. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createHost, type Host } from '../../../host/index.ts'
import { adminText } from '../../support/admin.ts'
import { TestAuthority, type Issued } from '../../support/authority.ts'
import { bootstrap, GET } from '../host/setup.ts'

const run = promisify(execFile)
const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'

let folder: string
let authority: TestAuthority
let first: Issued
let host: Host | null = null

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tls-clients-'))
  authority = await TestAuthority.create(folder)
  first = await authority.issue({ subject: '/CN=first', names: 'DNS:localhost,IP:127.0.0.1' })
})

afterEach(() => host?.stop())
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Wishes {
  readonly certificate?: object
  readonly common?: object
  readonly concurrency?: number
}

/** Answers every request with `hello`. */
function configOf({ certificate, common = {} }: Wishes): object {
  const inline = { certificate_chain: { inline_string: first.chain }, private_key: { inline_string: first.key } }
  const routes = [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'hello' } } }]
  const config = bootstrap({ ports: [], routes, admin: true }) as Bootstrap
  const common_tls_context = { tls_certificates: [certificate ?? inline], ...common }
  const chain = config.static_resources.listeners[0]!.filter_chains[0]!
  chain['transport_socket'] = { name: 'tls', typed_config: { '@type': TYPE, common_tls_context } }
  return config
}

interface Bootstrap {
  readonly static_resources: { readonly listeners: readonly { readonly filter_chains: readonly Record<string, unknown>[] }[] }
}

async function start(wishes: Wishes = {}): Promise<number> {
  host = await createHost({ config: configOf(wishes), concurrency: wishes.concurrency ?? 1, logLevel: 'off' })
  return host.addresses.get('main')!.port
}

async function open(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.pem, ...options })
  // The host may be gone before its clients.
  socket.on('error', () => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** The answer's status line. */
async function ask(socket: TLSSocket): Promise<string> {
  socket.write(GET)
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  return bytes.latin1Slice(0, bytes.indexOf('\r'))
}

function nameOf(socket: TLSSocket): string {
  return String(socket.getPeerCertificate().subject.CN)
}

test('curl speaks HTTP/2 where both can, else HTTP/1.1', async () => {
  const port = await start({ common: { alpn_protocols: ['h2', 'http/1.1'] } })
  const curl = async (...more: readonly string[]): Promise<string> => {
    const options = ['--silent', '--cacert', authority.file, '--write-out', ' %{http_version} %{http_code}', ...more]
    return (await run('curl', [...options, `https://localhost:${port}/`])).stdout
  }
  expect(await curl()).toBe('hello 2 200')
  expect(await curl('--http1.1')).toBe('hello 1.1 200')
  expect(await curl('--no-alpn')).toBe('hello 1.1 200')
  expect(await curl('--tls-max', '1.2')).toBe('hello 2 200')
})

test('openssl verifies the chain and agrees on TLS 1.3', async () => {
  const port = await start()
  const options = ['-connect', `127.0.0.1:${port}`, '-CAfile', authority.file, '-verify_return_error', '-brief', '-no_ign_eof']
  const { stderr } = await run('sh', ['-c', `openssl s_client ${options.join(' ')} < /dev/null`])
  expect(stderr).toContain('Protocol version: TLSv1.3')
  expect(stderr).toContain('Verification: OK')
})

test('a session begun at one worker is resumed by any other', async () => {
  const port = await start({ concurrency: 2 })
  const sessions: Buffer[] = []
  const begun = await open(port, { maxVersion: 'TLSv1.2' })
  sessions.push(begun.getSession()!)
  begun.destroy()
  const resumed: boolean[] = []
  for (let i = 0; i < 20; i++) {
    const socket = await open(port, { maxVersion: 'TLSv1.2', session: sessions[0]! })
    resumed.push(socket.isSessionReused())
    socket.destroy()
  }
  expect(resumed).toEqual(Array.from({ length: 20 }, () => true))
})

test('a reload takes changed certificate files; connections go on', async () => {
  const files = { chain: join(folder, 'rotated.pem'), key: join(folder, 'rotated.key') }
  const write = (issued: Issued): Promise<unknown> =>
    Promise.all([writeFile(files.chain, issued.chain), writeFile(files.key, issued.key)])
  const certificate = { certificate_chain: { filename: files.chain }, private_key: { filename: files.key } }
  await write(first)
  const port = await start({ certificate })
  const old = await open(port)
  expect([nameOf(old), await ask(old)]).toEqual(['first', 'HTTP/1.1 200 OK'])
  await write(await authority.issue({ subject: '/CN=second', names: 'DNS:localhost,IP:127.0.0.1' }))
  await host!.reload(configOf({ certificate }))
  const fresh = await open(port)
  expect([nameOf(fresh), await ask(fresh)]).toEqual(['second', 'HTTP/1.1 200 OK'])
  expect(await ask(old)).toBe('HTTP/1.1 200 OK')
  await writeFile(files.key, first.key)
  await expect(host!.reload(configOf({ certificate }))).rejects.toThrow(/key values mismatch/)
  expect(nameOf(await open(port))).toBe('second')
})

test('nobody is shown the keys', async () => {
  await start()
  const dump = await adminText(host!.adminAddress!.port, '/config_dump')
  expect(dump).toContain('"inline_string": "[redacted]"')
  expect(dump).not.toContain('PRIVATE KEY')
})

test('what OpenSSL cannot use is refused at its place', async () => {
  const chain = { certificate_chain: { inline_string: first.chain } }
  const other = await authority.issue()
  await expect(start({ certificate: { ...chain, private_key: { inline_string: other.key } } })).rejects.toThrow(
    /key values mismatch/,
  )
  await expect(start({ certificate: { ...chain, private_key: { inline_string: 'no key' } } })).rejects.toThrow(
    /TLS cannot use this/,
  )
  await expect(start({ common: { validation_context: { trusted_ca: { inline_string: 'no' } } } })).rejects.toThrow(
    /Failed to load trusted CA certificates/,
  )
  await expect(
    start({ common: { tls_params: { cipher_suites: ['ECDHE-ECDSA-AES128-GCM-SHA256', 'NO-SUCH'] } } }),
  ).rejects.toThrow(/Unknown cipher/)
  await expect(start({ common: { tls_params: { ecdh_curves: ['NO-SUCH'] } } })).rejects.toThrow(/TLS cannot use this/)
})
