/** The admin interface beside that of a real Envoy with the same configuration: each row of {@link ADMIN_ROWS}, in order. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { poll } from '../../support/poll.ts'
import { answering, ask, bootstrap, OK, startConfig, wasmFilter } from '../host/setup.ts'
import { ADMIN_ROWS, type AdminRow } from './rows.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

const upstreams = [answering(OK), answering(OK)]
let host: Host
let envoy: EnvoyProcess
let admins: { readonly host: (row: AdminRow) => Promise<Answer>; readonly envoy: (row: AdminRow) => Promise<Answer> }

beforeAll(async () => {
  // Each has an upstream of its own: both count connections.
  const [ours, theirs] = (await Promise.all(upstreams.map((upstream) => upstream.start()))).map(configuration)
  const started = await startConfig(ours!)
  host = started.host
  // Envoy merges histograms when it flushes.
  envoy = await EnvoyProcess.start(0, async () => ({ ...theirs, stats_flush_interval: '0.05s' }))
  const { listener_statuses: listeners } = JSON.parse(await envoy.admin('/listeners?format=json')) as ListenerStatuses
  const envoyPort = listeners[0].local_address.socket_address.port_value
  for (let i = 0; i < 3; i++) for (const port of [started.port, envoyPort]) await ask(port)
  await poll(
    () => envoy.admin('/stats?usedonly&filter=^cluster.up.upstream_rq_time$'),
    (page) => page.includes('P0('),
    5000,
  )
  admins = { host: asker(host.adminAddress!.port), envoy: asker(envoy.adminPort) }
})

afterAll(async () => {
  await host.stop()
  await envoy.stop()
  for (const upstream of upstreams) await upstream.stop()
})

interface ListenerStatuses {
  readonly listener_statuses: readonly [{ readonly local_address: { readonly socket_address: { readonly port_value: number } } }]
}

function configuration(port: number): object {
  return bootstrap({
    ports: [port],
    admin: true,
    filters: [wasmFilter('filters/dist/stats.wasm', { name: 'stats', root_id: 'stats' })],
  })
}

function asker(port: number): (row: AdminRow) => Promise<Answer> {
  return async ({ path, method = 'GET' }) => {
    const response = await fetch(`http://127.0.0.1:${port}${path.replaceAll('\\', '%5C').replaceAll('^', '%5E')}`, { method })
    return { status: response.status, body: await response.text() }
  }
}

/** What is compared of an answer. */
function view({ status, body }: Answer, { compare, difference }: AdminRow): unknown {
  const text = body
    .split('\n')
    .filter((line) => difference?.without.test(line) !== true)
    .join('\n')
  if (compare === 'same')
    return { status, body: text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replaceAll(/\b\d{4,5}\b/g, 'PORT') }
  if (compare === 'keys') return { status, keys: keysOf(JSON.parse(body), difference?.without ?? /^$/) }
  return { status, lines: text.replaceAll(/\((?:nan|[\d.e+-]+),[\d.e+-]+\)/g, '(N)').replaceAll(/ (?:nan|[\d.e+-]+)$/gm, ' N') }
}

/** The value with its leaves left out. */
function keysOf(value: unknown, without: RegExp): unknown {
  if (Array.isArray(value)) return value.map((item) => keysOf(item, without))
  if (typeof value !== 'object' || value === null) return null
  const members = Object.entries(value).filter(([name]) => !without.test(name))
  return Object.fromEntries(members.map(([name, member]) => [name, keysOf(member, without)]))
}

describe('the admin interface answers as that of Envoy', () => {
  test.each(ADMIN_ROWS.map((row, at) => ({ row, name: `${at} ${row.method ?? 'GET'} ${row.path}` })))(
    '$name',
    async ({ row }) => {
      expect(view(await admins.host(row), row)).toEqual(view(await admins.envoy(row), row))
    },
  )
})
