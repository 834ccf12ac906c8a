/**
 * Names that are not found for a while, by the machine's resolver as host and Envoy see it: /etc/hosts and /etc/resolv.conf are the test's in
 * a mount namespace of the proxy. What was known is kept, and what changes is seen with the next look-up.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { ask, parse } from '../host/setup.ts'
import { ChaosProxy, KINDS } from './proxies.ts'

const NAME = 'up.chaos.test'
const UNSHARE = process.getuid?.() === 0 ? ['unshare', '--mount'] : ['unshare', '--map-root-user', '--mount']
const { reason } = await fetchOrReason(async () => execFileSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true'], { stdio: 'pipe' }))

/** The C library's, as ours: Envoy's own reads /etc/hosts once a minute. */
const SYSTEM_RESOLVER = {
  typed_dns_resolver_config: {
    name: 'envoy.network.dns_resolver.getaddrinfo',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig',
      // Else a look-up that fails goes on for ever.
      num_retries: 1,
    },
  },
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-names-'))
const hosts = join(folder, 'hosts')
const resolver = join(folder, 'resolv.conf')
const MOUNTS = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"'
const PREFIX = [...UNSHARE, 'sh', '-c', MOUNTS, 'sh', hosts, resolver]
let proxy: ChaosProxy
const stops: (() => void)[] = []

afterEach(async () => {
  await proxy?.stop()
  for (const stop of stops.splice(0)) stop()
})

afterAll(() => rmSync(folder, { recursive: true }))

/** '' = the name is not found, and there is no server to ask: the look-up fails. */
function resolveTo(ip: string): void {
  writeFileSync(hosts, `127.0.0.1 localhost\n${ip === '' ? '' : `${ip} ${NAME}\n`}`)
}

/** An upstream that answers with its address. */
async function serve(ip: string, port = 0): Promise<number> {
  const server = createServer((_, response) => response.end(ip)).listen(port, ip)
  await once(server, 'listening')
  stops.push(() => (server.closeAllConnections(), server.close()))
  return (server.address() as AddressInfo).port
}

function clusterOf(port: number): object {
  const endpoint = { address: { socket_address: { address: NAME, port_value: port } } }
  return {
    type: 'STRICT_DNS',
    dns_lookup_family: 'V4_ONLY',
    dns_refresh_rate: '0.2s',
    load_assignment: { cluster_name: 'up', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  }
}

describe.each(KINDS)('$name', (kind) => {
  const missing = kind.missing + reason
  async function start(port: number): Promise<void> {
    writeFileSync(resolver, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n')
    const bootstrap = kind.name === 'envoy' ? SYSTEM_RESOLVER : {}
    proxy = await ChaosProxy.start(kind, { choices: { ports: [], cluster: clusterOf(port) }, prefix: PREFIX, bootstrap })
  }
  const answer = async (): Promise<string> => {
    const { status, body } = parse(await ask(proxy.port))
    return `${status} ${body}`
  }

  it.skipIf(missing !== '')(`a name that is lost keeps its address, until it has another${missing}`, async () => {
    resolveTo('127.0.0.1')
    const port = await serve('127.0.0.1')
    await serve('127.0.0.2', port)
    await start(port)
    expect(await answer()).toContain('127.0.0.1')
    resolveTo('')
    await expect.poll(() => proxy.stat('cluster.up.update_failure')).toBeGreaterThan(1)
    expect(await answer()).toContain('127.0.0.1')
    resolveTo('127.0.0.2')
    await expect.poll(answer).toContain('127.0.0.2')
    expect(await proxy.stat('cluster.up.membership_total')).toBe(1)
  })

  it.skipIf(missing !== '')(`a name that is not there yet is no obstacle${missing}`, async () => {
    resolveTo('')
    const port = await serve('127.0.0.1')
    await start(port)
    expect(await answer()).toBe('503 no healthy upstream')
    await expect.poll(() => proxy.log('/')).toEqual(['503 UH no_healthy_upstream'])
    resolveTo('127.0.0.1')
    await expect.poll(answer).toContain('127.0.0.1')
  })
})
