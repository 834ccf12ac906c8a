/** The two proxies of the wire suite: a real Envoy and our host, started from the same configuration. */
import { createHost } from '../../../host/index.ts'
import { adminText } from '../../support/admin.ts'
import { EnvoyProcess } from '../../support/envoy.ts'

/** A running proxy. */
export interface Proxy {
  /** Port of each listener by its name. */
  readonly ports: ReadonlyMap<string, number>
  /** Asks the admin interface, which the configuration must have. */
  admin(path: string): Promise<string>
  /** Ends it; afterwards its access log is complete. */
  stop(): Promise<unknown>
}

export async function startEnvoy(bootstrap: object, workers = 1): Promise<Proxy> {
  const envoy = await EnvoyProcess.start(0, () => Promise.resolve(bootstrap), workers)
  const { listener_statuses: listeners } = JSON.parse(await envoy.admin('/listeners?format=json')) as ListenerList
  const ports = new Map(listeners.map(({ name, local_address: at }) => [name, at.socket_address.port_value]))
  return { ports, admin: (path) => envoy.admin(path), stop: () => envoy.stop() }
}

export async function startHost(bootstrap: object, workers = 1): Promise<Proxy> {
  const host = await createHost({ config: bootstrap, concurrency: workers, logLevel: 'off', fileFlushInterval: 20 })
  const ports = new Map([...host.addresses].map(([name, { port }]) => [name, port]))
  return { ports, admin: (path) => adminText(host.adminAddress!.port, path), stop: () => host.stop() }
}

interface ListenerList {
  readonly listener_statuses: readonly {
    readonly name: string
    readonly local_address: { readonly socket_address: { readonly port_value: number } }
  }[]
}
