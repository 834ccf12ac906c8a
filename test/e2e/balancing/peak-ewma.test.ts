/** The same file in host and Envoy: the host goes by how long servers take, Envoy, which does not know that, by turns. */
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { bootstrap } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'

const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)
const REQUESTS = 60
const DELAY = 40

const policy = (name: string, config: object): object => ({ typed_extension_config: { name, typed_config: config } })
const load_balancing_policy = {
  policies: [
    policy('sluice.load_balancing_policies.peak_ewma', {
      '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
      type_url: 'type.googleapis.com/sluice.load_balancing_policies.peak_ewma.v1.PeakEwma',
      value: { decay_time: '30s' },
    }),
    policy('envoy.load_balancing_policies.round_robin', {
      '@type': 'type.googleapis.com/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin',
    }),
  ],
}

test.skipIf(program === null)(`a slow server gets fewer requests${why}`, { timeout: 60_000 }, async () => {
  const servers = await Promise.all([serve(0), serve(DELAY)])
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  const config = bootstrap({ ports, cluster: { load_balancing_policy }, admin: true })
  const proxies: Proxy[] = []
  try {
    proxies.push(await startHost(config))
    expect(await slowAnswers(proxies[0]!)).toBeLessThan(REQUESTS / 6)
    proxies.push(await startEnvoy(config))
    expect(await slowAnswers(proxies[1]!)).toBe(REQUESTS / 2)
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.stop()))
    for (const server of servers) server.close().closeAllConnections()
  }
})

async function serve(delay: number): Promise<Server> {
  const server = createServer((_, response) => void setTimeout(() => response.end(String(delay)), delay))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

async function slowAnswers({ ports }: Proxy): Promise<number> {
  let slow = 0
  for (let sent = 0; sent < REQUESTS; sent++) {
    const response = await fetch(`http://127.0.0.1:${ports.get('main')!}/`)
    if ((await response.text()) === String(DELAY)) slow++
  }
  return slow
}
