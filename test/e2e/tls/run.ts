/** Runs all rows through both proxies, one after the other in each, and puts together what each made of them. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHost } from '../../../host/index.ts'
import { listen } from '../../support/listen.ts'
import { adminText } from '../../support/admin.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { poll } from '../../support/poll.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'
import { bootstrapOf } from './bootstrap.ts'
import { converse, type Conversation, type Target } from './converse.ts'
import { makeMaterials, type Materials } from './materials.ts'
import type { Observation, TlsRow } from './row.ts'
import { echoServer, secureServer } from './upstreams.ts'

export interface Result {
  readonly pairs: ReadonlyMap<string, Pair>
  /** What `/certs` of each says, contexts in no order. */
  readonly certificates: { readonly host: readonly string[]; readonly envoy: readonly string[] }
}

export interface Pair {
  readonly host: Observation
  readonly envoy: Observation
}

interface Proxy {
  readonly targets: ReadonlyMap<string, readonly Target[]>
  readonly log: string
  readonly admin: (path: string) => Promise<string>
  readonly stop: () => Promise<unknown>
}

/** How long a proxy may take to write its log. */
const LOG_LIMIT = 3000

export async function runRows(rows: readonly TlsRow[]): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'))
  const servers: Server[] = []
  const proxies: Proxy[] = []
  try {
    const materials = await makeMaterials(folder)
    const guest = await sdkGuestModule(join(import.meta.dirname, 'guests/properties.ts'))
    const echoFile = join(folder, 'echo.sock')
    // Each proxy has a TLS server of its own: what a client offers is told of the newest connection.
    servers.push(echoServer(), echoServer(), secureServer(materials), secureServer(materials))
    const ports = await Promise.all(servers.map((server, at) => listen(server, at === 1 ? echoFile : undefined)))
    const [echo, , ofEnvoy, ofHost] = ports as [number, number, number, number]
    const configure = (name: string, secure: number): { config: object; log: string } => {
      const [log, socketFile] = [join(folder, `${name}.log`), join(folder, `${name}.sock`)]
      return { config: bootstrapOf(materials, { echo, secure, echoFile, socketFile, log, guest }), log }
    }
    proxies.push(await startEnvoy(configure('envoy', ofEnvoy)), await startHost(configure('host', ofHost)))
    const [envoy, host] = await Promise.all(proxies.map((proxy) => runAll(rows, proxy, materials, folder)))
    const pairs = new Map(rows.map(({ id }, index) => [id, { host: host![index]!, envoy: envoy![index]! }]))
    const [envoyCertificates, hostCertificates] = await Promise.all(proxies.map(({ admin }) => certificatesOf(admin)))
    return { pairs, certificates: { host: hostCertificates!, envoy: envoyCertificates! } }
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.stop()))
    for (const server of servers) server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function runAll(rows: readonly TlsRow[], proxy: Proxy, materials: Materials, folder: string): Promise<Observation[]> {
  const observations: Observation[] = []
  for (const row of rows) observations.push(await runOne(row, proxy, materials, folder))
  return observations
}

/** Each connection leaves a line of its own in the log, whatever became of it: two where it was resumed. */
async function runOne(row: TlsRow, proxy: Proxy, materials: Materials, folder: string): Promise<Observation> {
  const target = proxy.targets.get(row.listener)![row.at === 'additional' ? 1 : 0]!
  const before = readLog(proxy.log).length
  const conversation = await converse(target, row, materials)
  const wanted = row.tls?.resumes === true ? 2 : 1
  const isWritten = (lines: readonly string[]): boolean => lines.filter((line) => line.startsWith('connection ')).length >= wanted
  const lines = await poll(() => readLog(proxy.log).slice(before), isWritten, LOG_LIMIT)
  const log = lines.map((line) => maskedLine(line, conversation, target, folder)).toSorted()
  const { session, end } = conversation
  return { session, end, answer: maskedAnswer(conversation.answer), log: wanted === 2 ? [] : log }
}

function readLog(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'latin1').split('\n').slice(0, -1) : []
}

function maskedLine(line: string, { localPort }: Conversation, target: Target, folder: string): string {
  const own = 'port' in target ? line.replaceAll(`:${target.port}`, ':LISTENER') : line
  return own.replaceAll(`:${localPort}`, ':CLIENT').replaceAll(new RegExp(`${folder}/\\w+\\.sock`, 'g'), 'FILE')
}

/** Values that are never the same twice. */
function maskedAnswer(text: string): string {
  return text.replaceAll(/^(date|x-envoy-upstream-service-time|x-request-id|content-length): .*$/gm, '$1: *')
}

async function certificatesOf(admin: Proxy['admin']): Promise<string[]> {
  const { certificates } = JSON.parse(await admin('/certs')) as { certificates: readonly unknown[] }
  return [...new Set(certificates.map((one) => JSON.stringify(one)))].toSorted()
}

async function startEnvoy({ config, log }: { config: object; log: string }): Promise<Proxy> {
  const envoy = await EnvoyProcess.start(0, () => Promise.resolve(config))
  const { listener_statuses: listeners } = JSON.parse(await envoy.admin('/listeners?format=json')) as ListenerList
  const targets = listeners.map(({ name, local_address, additional_local_addresses = [] }) => {
    return [name, [local_address, ...additional_local_addresses].map(targetOf)] as const
  })
  return { targets: new Map(targets), log, admin: (path) => envoy.admin(path), stop: () => envoy.stop() }
}

async function startHost({ config, log }: { config: object; log: string }): Promise<Proxy> {
  const host = await createHost({ config, concurrency: 1, logLevel: 'off', fileFlushInterval: 20 })
  const targets = [...host.allAddresses].map(([name, places]) => {
    return [name, places.map((at) => (at.host.includes('/') ? { path: at.host } : at))] as const
  })
  const admin = (path: string): Promise<string> => adminText(host.adminAddress!.port, path)
  return { targets: new Map(targets), log, admin, stop: () => host.stop() }
}

interface ListenerAddress {
  readonly socket_address?: { readonly address: string; readonly port_value: number }
  readonly pipe?: { readonly path: string }
}

interface ListenerList {
  readonly listener_statuses: readonly {
    readonly name: string
    readonly local_address: ListenerAddress
    readonly additional_local_addresses?: readonly ListenerAddress[]
  }[]
}

function targetOf({ socket_address: socket, pipe }: ListenerAddress): Target {
  return pipe === undefined ? { host: socket!.address, port: socket!.port_value } : { path: pipe.path }
}
