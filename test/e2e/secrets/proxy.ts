/** A proxy with its own files of secrets, and what its clients see of them. */
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect, type TLSSocket } from 'node:tls'
import { createHost } from '../../../host/index.ts'
import { adminText } from '../../support/admin.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { bootstrapOf, firstFiles } from './bootstrap.ts'
import { SecretFiles } from './files.ts'
import type { Materials } from './materials.ts'

export interface Proxy {
  readonly files: SecretFiles
  /** By name of the listener. */
  readonly ports: ReadonlyMap<string, number>
  readonly admin: (path: string) => Promise<string>
  readonly stop: () => Promise<unknown>
}

/** By listener: the name in its certificate and the status of a request, `-` for what did not come; by path of a cluster: the status. */
export type Sight = Readonly<Record<string, string>>

const CLUSTERS = ['up', 'up_later']
const WORKERS = 2

export async function startEnvoy(folder: string, materials: Materials, upstream: number): Promise<Proxy> {
  const files = await filesIn(join(folder, 'envoy'), materials)
  const envoy = await EnvoyProcess.start(0, () => Promise.resolve(bootstrapOf(files, upstream)), WORKERS)
  const { listener_statuses: listeners } = JSON.parse(await envoy.admin('/listeners?format=json')) as ListenerList
  const ports = new Map(listeners.map(({ name, local_address }) => [name, local_address.socket_address.port_value]))
  return { files, ports, admin: (path) => envoy.admin(path), stop: () => envoy.stop() }
}

export async function startSluice(folder: string, materials: Materials, upstream: number): Promise<Proxy> {
  const files = await filesIn(join(folder, 'host'), materials)
  const host = await createHost({ config: bootstrapOf(files, upstream), concurrency: WORKERS, logLevel: 'off' })
  const ports = new Map([...host.addresses].map(([name, { port }]) => [name, port]))
  const admin = (path: string): Promise<string> => adminText(host.adminAddress!.port, path)
  return { files, ports, admin, stop: () => host.stop() }
}

export async function look({ ports, files: { materials } }: Proxy): Promise<Sight> {
  const secured = [...ports].filter(([name]) => name !== 'plain')
  const seen = secured.map(async ([name, port]) => [name, await ask(port, materials)] as const)
  const passed = CLUSTERS.map(async (cluster) => [cluster, await pass(ports.get('plain')!, cluster)] as const)
  return Object.fromEntries(await Promise.all([...seen, ...passed]))
}

/** A connection that stays open, and what its listener answers on it. */
export async function keepOpen(proxy: Proxy, listener: string): Promise<{ ask(): Promise<string>; close(): void }> {
  const socket = open(proxy.ports.get(listener)!, proxy.files.materials)
  await once(socket, 'secureConnect')
  return {
    ask: async () => {
      socket.write('GET / HTTP/1.1\r\nhost: h.test\r\n\r\n')
      const [bytes] = (await once(socket, 'data')) as [Buffer]
      return statusOf(bytes.latin1Slice())
    },
    close: () => socket.destroy(),
  }
}

function open(port: number, { client }: Materials): TLSSocket {
  return connect({ host: '127.0.0.1', port, cert: client.chain, key: client.key, rejectUnauthorized: false })
}

async function ask(port: number, materials: Materials): Promise<string> {
  const socket = open(port, materials)
  let [name, answer] = ['-', '']
  socket.on('secureConnect', () => {
    name = socket.getPeerCertificate().subject.CN as string
    socket.write('GET / HTTP/1.1\r\nhost: h.test\r\nconnection: close\r\n\r\n')
  })
  socket.on('data', (bytes: Buffer) => (answer += bytes.latin1Slice()))
  socket.on('error', () => socket.destroy())
  await new Promise((resolve) => socket.on('close', resolve))
  return `${name} ${statusOf(answer)}`
}

async function pass(port: number, path: string): Promise<string> {
  const request = get({ host: '127.0.0.1', port, path: `/${path}`, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return `${response.statusCode} ${await text(response)}`
}

function statusOf(answer: string): string {
  return /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? '-'
}

async function filesIn(folder: string, materials: Materials): Promise<SecretFiles> {
  await mkdir(folder)
  const files = new SecretFiles(folder, materials)
  await firstFiles(files)
  return files
}

interface ListenerList {
  readonly listener_statuses: readonly {
    readonly name: string
    readonly local_address: { readonly socket_address: { readonly port_value: number } }
  }[]
}
