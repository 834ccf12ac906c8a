/** Access logs of the host beside those of a real Envoy with the same configuration: each row of {@link LOG_ROWS} a file. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHost } from '../../../host/index.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { poll } from '../../support/poll.ts'
import { ask, bootstrap, RawServer, staticCluster } from '../host/setup.ts'
import { LOG_ROWS, type LogRow } from './rows.ts'

const PATH_FORMAT = { text_format_source: { inline_string: '%REQ(:PATH)%\n' } }

const METADATA = {
  filter_metadata: { ns: { text: 'a "text" ü', number: 5, fraction: 0.25, flag: true, deep: { list: [1, 'x', null], a: 'b' } } },
}

/** Ids decide over shares; those of clients are kept. */
const REQUESTS = [
  get('/ok', 'x-log: yes', 'x-request-id: 00000001-1111-4111-8111-111111111111'),
  get('/ok?2', 'x-log: no', 'x-request-id: 00000031-1111-4111-8111-111111111111'),
  get('/ok?3', 'x-request-id: ffffffff-1111-4111-8111-111111111111'),
  get('/ok?4', 'x-request-id: 0000270f-1111-4111-8111-111111111111'),
  get('/ok?5', 'x-request-id: abcdef01-1111-4111-8111-111111111111'),
  get('/missing', 'x-request-id: 12345678-1111-4111-8111-111111111111'),
  get('/nowhere', 'x-request-id: 00000064-1111-4111-8111-111111111111'),
  get('/down', 'x-request-id: 00bc614e-1111-4111-8111-111111111111'),
  get('/slow', 'x-request-id: 0000002a-1111-4111-8111-111111111111'),
  get('/grpc?5', 'content-type: application/grpc', 'x-request-id: 0000001b-1111-4111-8111-111111111111'),
  get('/grpc?0', 'content-type: application/grpc', 'x-request-id: 00000050-1111-4111-8111-111111111111'),
  get('/last', 'x-request-id: 00000000-1111-4111-8111-111111111111'),
]

const upstream = new RawServer((socket, text) => {
  const path = /^GET (\S+)/.exec(text)?.[1] ?? ''
  if (path.startsWith('/missing')) return socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
  const status = path.startsWith('/grpc') ? `grpc-status: ${path.slice(-1)}\r\n` : ''
  return setTimeout(
    () => socket.write(`HTTP/1.1 200 OK\r\nx-up: 1\r\n${status}content-length: 2\r\n\r\nok`),
    path === '/slow' ? 300 : 0,
  )
})

let folder: string
const lines: { host: Record<string, string>; envoy: Record<string, string> } = { host: {}, envoy: {} }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-logs-'))
  const port = await upstream.start()
  const host = await createHost({
    config: configuration(port, 'host'),
    concurrency: 1,
    logLevel: 'off',
    fileFlushInterval: 20,
  })
  await send(host.addresses.get('main')!.port, 'host')
  await host.stop()
  lines.host = await readLogs('host')
  const envoy = await EnvoyProcess.start(0, async () => configuration(port, 'envoy'))
  const { listener_statuses: listeners } = JSON.parse(await envoy.admin('/listeners?format=json'))
  await send(listeners[0].local_address.socket_address.port_value, 'envoy')
  await envoy.stop()
  lines.envoy = await readLogs('envoy')
})

afterAll(async () => {
  await upstream.stop()
  await rm(folder, { recursive: true })
})

function get(path: string, ...headers: string[]): string {
  return [`GET ${path} HTTP/1.1`, 'host: a.test', 'connection: close', 'user-agent: test/1', ...headers, '', ''].join('\r\n')
}

function configuration(port: number, judge: string): object {
  const routes = [
    { match: { path: '/nowhere' }, route: { cluster: 'none' } },
    { match: { path: '/down' }, route: { cluster: 'down' } },
    { name: 'all', match: { prefix: '/' }, route: { cluster: 'up' }, metadata: METADATA },
  ]
  const http = {
    access_log: LOG_ROWS.map((row, at) => accessLog(row, fileOf(judge, at))),
    // The ids of clients count.
    use_remote_address: true,
    preserve_external_request_id: true,
    route_config: { validate_clusters: false, virtual_hosts: [{ name: 'all', domains: ['*'], routes, metadata: METADATA }] },
  }
  return bootstrap({
    ports: [port],
    admin: true,
    http,
    listener: { metadata: METADATA },
    otherClusters: [staticCluster('down', [1])],
  })
}

function accessLog({ filter, format = PATH_FORMAT }: LogRow, path: string): object {
  const type = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog'
  return { name: 'log', ...(filter === null ? {} : { filter }), typed_config: { '@type': type, path, log_format: format } }
}

const fileOf = (judge: string, at: number): string => join(folder, `${judge}-${at}.log`)

/** Ends when the last request stands in the first log: then its stream is over. */
async function send(port: number, judge: string): Promise<void> {
  for (const request of REQUESTS) await ask(port, request)
  await poll(
    () => readLog(judge, 0),
    (text) => text.includes('/last'),
    10_000,
  )
}

/** All logs by row, after the end of the proxy has written them out. */
async function readLogs(judge: string): Promise<Record<string, string>> {
  const texts = await Promise.all(LOG_ROWS.map(async ({ name }, at) => [name, await readLog(judge, at)] as const))
  return Object.fromEntries(texts)
}

const readLog = (judge: string, at: number): Promise<string> => readFile(fileOf(judge, at), 'utf8').catch(() => '')

describe('access logs are those of Envoy', () => {
  test.each(LOG_ROWS)('$name', ({ name, masked }) => {
    const text = (all: Record<string, string>): string => (masked === true ? all[name]!.replaceAll(/\d/g, '#') : all[name]!)
    expect(text(lines.host)).toEqual(text(lines.envoy))
  })

  test('the filters let some streams pass and others not', () => {
    const counts = LOG_ROWS.slice(1, 24).map(({ name }) => lines.envoy[name]!.split('\n').length - 1)
    expect(counts.filter((count) => count > 0 && count < REQUESTS.length).length).toBeGreaterThan(18)
  })
})
