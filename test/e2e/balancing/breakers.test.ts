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

const idle = { remaining_cx: 7, remaining_pending: 5, remaining_retries: 2, remaining_rq: 4 }
const busy = { ...idle, remaining_cx: 6, remaining_rq: 3 }

test.skipIf(program === null)(`remaining limits in host and Envoy${why}`, { timeout: 60_000 }, async () => {
  const server = new RawServer(() => {})
  const cluster = { circuit_breakers: { thresholds: [LIMITS] } }
  const config = bootstrap({ ports: [await server.start()], cluster, admin: true })
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
      const client = new RawClient(port)
      client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      await expect.poll(() => remaining(admin), { timeout: 10_000 }).toEqual(busy)
      client.socket.destroy()
      await expect.poll(() => remaining(admin), { timeout: 10_000 }).toEqual(idle)
    }
  } finally {
    await host.stop()
    await envoy.stop()
    await server.stop()
  }
})

async function remaining(admin: number): Promise<Record<string, number>> {
  const lines = (await adminText(admin, '/stats?filter=default\\.remaining')).trim().split('\n')
  const pairs = lines.map((line) => line.split('.').at(-1)!.split(': '))
  return Object.fromEntries(pairs.filter(([name]) => name !== 'remaining_cx_pools').map(([name, value]) => [name, Number(value)]))
}

interface Listeners {
  readonly listener_statuses: readonly {
    readonly local_address: { readonly socket_address: { readonly port_value: number } }
  }[]
}
