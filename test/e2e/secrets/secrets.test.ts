/** The same files of secrets change under host and Envoy: clients see the same of them, and both count the same. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { poll } from '../../support/poll.ts'
import { makeMaterials, type Materials } from './materials.ts'
import { keepOpen, look, startEnvoy, startSluice, type Proxy, type Sight } from './proxy.ts'
import { AT_START, DIFFERENT_START, DIFFERENT_STEPS, STEPS, type Step } from './steps.ts'

const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)
const LIMIT = 60_000
/** What changes nothing would have changed something by then. */
const SETTLED = 300
const PATIENCE = 5000

describe.skipIf(program === null)(`secrets from files in host and Envoy${missing}`, () => {
  let folder: string
  let upstream: Server
  let proxies: { host: Proxy; envoy: Proxy }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-secrets-'))
    const materials = await makeMaterials(folder)
    upstream = namingServer(materials)
    await once(upstream.listen(0, '127.0.0.1'), 'listening')
    const { port } = upstream.address() as AddressInfo
    const [host, envoy] = await Promise.all([startSluice(folder, materials, port), startEnvoy(folder, materials, port)])
    proxies = { host, envoy }
  }, LIMIT)

  afterAll(async () => {
    await Promise.all([proxies?.host.stop(), proxies?.envoy.stop()])
    upstream?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const both = async <T>(ask: (proxy: Proxy, name: 'host' | 'envoy') => Promise<T>): Promise<{ host: T; envoy: T }> => {
    const [host, envoy] = await Promise.all([ask(proxies.host, 'host'), ask(proxies.envoy, 'envoy')])
    return { host, envoy }
  }

  const expected: { host: Sight; envoy: Sight } = { host: AT_START, envoy: { ...AT_START, ...DIFFERENT_START.envoy } }

  const take = async (steps: readonly Step[]): Promise<void> => {
    for (const { name, act, expect: changed, differs } of steps) {
      expected.host = { ...expected.host, ...changed }
      expected.envoy = { ...expected.envoy, ...changed, ...differs?.envoy }
      const seen = await both(async (proxy, which) => {
        await act(proxy.files)
        await sleep(SETTLED)
        return poll(
          () => look(proxy),
          (sight) => isSame(sight, expected[which]),
          PATIENCE,
        )
      })
      expect({ name, ...seen }).toEqual({ name, ...expected })
    }
  }

  test('clients see what each step makes of them, and connections go on', { timeout: LIMIT }, async () => {
    const kept = await both((proxy) => keepOpen(proxy, 'good'))
    expect(await both(look)).toEqual(expected)
    await take(STEPS)
    expect(await both((_, which) => kept[which].ask())).toEqual({ host: '200', envoy: '200' })
    kept.host.close()
    kept.envoy.close()
  })

  test('both have counted the same', async () => {
    const { host, envoy } = await both(countsOf)
    expect(host).toEqual(envoy)
    expect(host).toMatchObject({ 'sds.good.update_attempt': 8, 'sds.good.update_failure': 1, 'sds.good.update_rejected': 5 })
  })

  test('/certs shows the certificates in use', async () => {
    const { host, envoy } = await both(certificatesOf)
    expect(host).toEqual(envoy)
  })

  test('/config_dump shows secrets without their keys', async () => {
    const { host, envoy } = await both(dumpOf)
    expect(host.names).toEqual(envoy.names)
    expect(host.names).toContain('dynamic_warming_secrets never')
    expect(host.statics).toEqual(envoy.statics)
    expect(host.text).toContain('[redacted]')
    expect(host.text).not.toContain('PRIVATE KEY')
  })

  test('clients see what each proxy makes of other steps', { timeout: LIMIT }, () => take(DIFFERENT_STEPS))
})

/** Of sources and of contexts; not what each look of a client adds, nor the source that Envoy takes for one. */
async function countsOf({ admin }: Proxy): Promise<Record<string, number>> {
  const lines = (await admin('/stats?filter=^sds|_ssl_socket_factory')).split('\n')
  const counted = lines.filter((line) => /(update_(attempt|success|failure|rejected)|update_by_sds): /.test(line))
  const pairs = counted.filter((line) => !line.includes('mistaken')).map((line) => line.split(': '))
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]))
}

async function certificatesOf({ admin, files }: Proxy): Promise<string[]> {
  const { certificates } = JSON.parse(await admin('/certs')) as { certificates: readonly unknown[] }
  return certificates.map((one) => JSON.stringify(one).replaceAll(files.folder, '')).toSorted()
}

interface SecretsDump {
  readonly [section: string]: readonly { readonly name: string }[]
}

async function dumpOf({ admin }: Proxy): Promise<{ text: string; names: string[]; statics: unknown }> {
  const text = await admin('/config_dump')
  const { configs } = JSON.parse(text) as { configs: readonly (SecretsDump & { readonly '@type': string })[] }
  const { '@type': _, ...sections } = configs.find((one) => one['@type'].endsWith('SecretsConfigDump'))!
  const names = Object.entries(sections).flatMap(([section, all]) => all.map(({ name }) => `${section} ${name}`))
  return { text, names: names.toSorted(), statics: sections['static_secrets'] }
}

function isSame(one: Sight, other: Sight): boolean {
  return Object.entries(one).every(([name, seen]) => other[name] === seen)
}

/** Answers with the name in its client's certificate. */
function namingServer({ one, authority }: Materials): Server {
  const options = { cert: one.chain, key: one.key, ca: authority.pem, requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, (socket: TLSSocket) => {
    const name = String(socket.getPeerCertificate().subject.CN)
    socket.on('error', () => socket.destroy())
    socket.on('data', () => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${name.length}\r\n\r\n${name}`))
  })
  return server.on('tlsClientError', () => {})
}

test('docs/HOST-DIFFERENCES.md names every step that differs, with its reason', () => {
  const lines = readFileSync(join(import.meta.dirname, '../../../docs/HOST-DIFFERENCES.md'), 'utf8').split('\n')
  const steps = [{ name: 'the start', differs: DIFFERENT_START }, ...DIFFERENT_STEPS]
  const unnamed = steps.filter(({ name, differs }) => {
    return differs !== undefined && !lines.some((line) => line.includes(name) && line.includes(differs.reason))
  })
  expect(unnamed.map(({ name }) => name)).toEqual([])
})
