/** A host before a server of Node's, for clients that go their own way. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Host } from '../../../host/index.ts'
import { startHost } from '../host/setup.ts'

export interface Served {
  readonly host: Host
  readonly port: number
  stop(): Promise<void>
}

/** `http` is laid over the connection manager's configuration. */
export async function serveBefore(origin: Server, http: object): Promise<Served> {
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  // The origin runs in this process, which may be busy reading.
  const cluster = { connect_timeout: '60s' }
  const { host, port } = await startHost({ ports: [(origin.address() as AddressInfo).port], http, cluster })
  const stop = async (): Promise<void> => {
    await host.stop()
    origin.close()
    origin.closeAllConnections()
  }
  return { host, port, stop }
}
