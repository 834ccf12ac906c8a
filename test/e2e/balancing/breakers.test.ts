/** What is left of the limits of circuit breakers, in host and Envoy. */
import { expect, test } from 'vitest'
import { createHost } from '../../../host/index.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { adminText } from '../../support/admin.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { bootstrap, RawClient, RawServer } from '../host/setup.ts'

const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)
const LIMITS = { max_connections: 7, max_pending_requests: 5, max_requests: 4, max_retries: 2, track_remaining: true }

const HIGH = {
  priority: 'HIGH',
  max_connections: 3,
  max_pending_requests: 2,
  max_requests: 5,
  max_retries: 1,
  track_remaining: true,
}
const ROUTES = [
  { match: { prefix: '/high' }, route: { cluster: 'up', priority: 'HIGH' } },
  { match: { prefix: '/' }, route: { cluster: 'up' } },
]

const idle = {
  default: { remaining_cx: 7, remaining_pending: 5, remaining_retries: 2, remaining_rq: 4 },
  high: { remaining_cx: 3, remaining_pending: 2, remaining_retries: 1, remaining_rq: 5 },
}
const busy = {
  '/': { ...idle, default: { ...idle.default, remaining_cx: 6, remaining_rq: 3 } },
  '/high': { ...idle, high: { ...idle.high, remaining_cx: 2, remaining_rq: 4 } },
}

test.skipIf(program === null)(`remaining limits in host and Envoy${why}`, { timeout: 60_000 }, async () => {
  const server = new RawServer(() => {})
  const cluster = { circuit_breakers: { thresholds: [LIMITS, HIGH] } }
  const config = bootstrap({ ports: [await server.start()], cluster, admin: true, routes: ROUTES })
  const host = await createHost({ config, concurrency: 1, logLevel: 'off' })
  const envoy = await EnvoyProcess.start(0, () => Promise.resolve(config))
  try {
    const listeners = JSON.parse(await envoy.admin('/listeners?format=json')) as Listeners
    const envoyPort = listeners.listener_statuses[0]!.local_address.socket_address.port_value
    const proxies = [
      { port: host.addresses.get('main')!.port, admin: host.adminAddress!.port },
      { port: envoyPort, admin: envoy.adminPort },
    ]
    for (const { port, admin } of proxies) {
      expect(await remaining(admin)).toEqual(idle)
      for (const [path, expected] of Object.entries(busy)) {
        const client = new RawClient(port)
        client.socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
        await expect.poll(() => remaining(admin), { timeout: 10_000 }).toEqual(expected)
        expect(await adminText(admin, '/stats?filter=upstream_rq_active$')).toBe('cluster.up.upstream_rq_active: 1\n')
        client.socket.destroy()
        await expect.poll(() => remaining(admin), { timeout: 10_000 }).toEqual(idle)
      }
    }
  } finally {
    await host.stop()
    await envoy.stop()
    await server.stop()
  }
})

type Remaining = Record<string, Record<string, number>>

/** By priority, then by name. */
async function remaining(admin: number): Promise<Remaining> {
  const lines = (await adminText(admin, '/stats?filter=circuit_breakers\\..*\\.remaining')).trim().split('\n')
  const found: Remaining = { default: {}, high: {} }
  for (const line of lines) {
    const [, priority, name, value] = /^cluster\.up\.circuit_breakers\.(\w+)\.(\w+): (\d+)$/.exec(line)!
    if (name !== 'remaining_cx_pools') found[priority!]![name!] = Number(value)
  }
  return found
}

interface Listeners {
  readonly listener_statuses: readonly {
    readonly local_address: { readonly socket_address: { readonly port_value: number } }
  }[]
}
