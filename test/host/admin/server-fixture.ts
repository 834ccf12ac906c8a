/** An admin server of made-up providers, anew for each test; what a test changes or reads of them. */
import { once } from 'node:events'
import { afterEach, beforeEach } from 'vitest'
import type {
  CertificateGroup,
  AdminProviders,
  ClusterStatus,
  ConfigDump,
  DrainOptions,
  HostStatus,
  ServerState,
} from '../../../host/admin/providers.ts'
import { AdminServer } from '../../../host/admin/server.ts'
import { createLoggers, type Loggers } from '../../../host/services/logger.ts'
import { createStatsStore, type StatsStore } from '../../../host/stats/store.ts'
import { TagExtractor } from '../../../host/stats/tags.ts'

const CERTIFICATES: readonly CertificateGroup[] = [
  {
    authorities: [],
    own: [
      {
        path: '<inline>',
        certificate: {
          subject: 'CN=a',
          issuer: 'CN=b',
          serial: '1000',
          dnsNames: ['a.test'],
          uriNames: ['spiffe://a'],
          emails: ['x@y.z'],
          addresses: ['1.2.3.4'],
          sha256: '',
          sha1: '',
          pem: '',
          chainPem: '',
          validFrom: Date.UTC(2020, 0, 1),
          validTo: Date.UTC(2020, 0, 2, 3),
        },
      },
    ],
  },
]

const HOST: HostStatus = {
  address: { host: '127.0.0.1', port: 9 },
  hostname: '',
  healthFlags: [],
  weight: 1,
  priority: 0,
  locality: { region: '', zone: '', subZone: '' },
  cxActive: 0,
  cxConnectFail: 1,
  cxTotal: 2,
  rqActive: 0,
  rqError: 3,
  rqPendingActive: 4,
  rqSuccess: 0,
  rqTimeout: 0,
  rqTotal: 5,
}
export const CLUSTERS: ClusterStatus[] = [
  {
    name: 'up.one',
    statName: 'alt',
    isAddedByApi: false,
    thresholds: { maxConnections: 1024, maxPendingRequests: 7, maxRequests: 8, maxRetries: 3 },
    highThresholds: null,
    hosts: [
      HOST,
      { ...HOST, address: { host: '::1', port: 80 }, hostname: 'six', healthFlags: ['/failed_active_hc'], priority: 1 },
    ],
  },
  {
    name: 'empty',
    statName: 'empty',
    isAddedByApi: true,
    thresholds: { maxConnections: 1, maxPendingRequests: 1, maxRequests: 1, maxRetries: 1 },
    highThresholds: { maxConnections: 2, maxPendingRequests: 3, maxRequests: 4, maxRetries: 5 },
    hosts: [],
  },
]
const TIME = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
export const STAMP = '2026-01-02T03:04:05.006Z'
const resource = (name: string, version = '') => ({ name, json: { name }, updatedAt: TIME, version })
const DUMP: ConfigDump = {
  bootstrap: { name: '', json: { node: { id: 'n' } }, updatedAt: TIME },
  staticClusters: [resource('up')],
  staticListeners: [],
  dynamicListeners: [
    { name: 'good', active: resource('good', 'v1'), error: null },
    { name: 'bad', active: null, error: { ...resource('bad'), details: 'Unable to create Wasm plugin x' } },
  ],
  staticRoutes: [],
  staticSecrets: [],
  dynamicSecrets: [],
}

interface Answer {
  status: number
  type: string | null
  body: string
}

export let admin: AdminServer
export let origin: string
export let stats: StatsStore
export let loggers: Loggers
export let logged: string[]
let state: ServerState
export let calls: unknown[]
let isTapped: boolean

beforeEach(async () => {
  state = 'LIVE'
  calls = []
  isTapped = false
  logged = []
  stats = createStatsStore({ writers: 1 })
  loggers = createLoggers({ level: 'info' }, ({ component, message }) => void logged.push(`${component}: ${message}`))
  const providers: AdminProviders = {
    stats,
    tags: new TagExtractor({ tags: [], useDefaultTags: true }),
    loggers,
    server: {
      state: () => state,
      uptimeSeconds: () => 42,
      version: '1.2.3',
      commandLineOptions: { concurrency: 2 },
      node: { id: 'n1' },
      setHealthy: (isHealthy) => {
        state = isHealthy ? 'LIVE' : 'DRAINING'
      },
      drainListeners: async (options: DrainOptions) => void calls.push(options),
      reopenLogs: () => void calls.push('reopen'),
      quit: () => void calls.push('quit'),
      handOver: () => void calls.push('hand over'),
    },
    listeners: {
      statuses: () => [
        { name: 'l1', address: { host: '127.0.0.1', port: 10000 } },
        { name: 'l6', address: { host: '::1', port: 10001 } },
      ],
    },
    clusters: { statuses: async () => CLUSTERS },
    config: { dump: async () => DUMP },
    certificates: { statuses: () => CERTIFICATES },
    tap: {
      open: async (request) => {
        calls.push(request)
        return isTapped ? null : { lines: (signal) => traces(signal) }
      },
    },
  }
  admin = new AdminServer(providers, loggers.get('admin'))
  const { host, port } = await admin.start({ host: '127.0.0.1', port: 0 })
  origin = `http://${host}:${port}`
})

afterEach(() => admin.stop())

/** Two streams, then none until nobody reads on. */
async function* traces(signal: AbortSignal): AsyncGenerator<string> {
  yield '{"a":1}\n'
  yield '{"a":2}\n'
  if (!signal.aborted) await once(signal, 'abort')
  calls.push('over')
}

export async function ask(path: string, method = 'GET'): Promise<Answer> {
  const response = await fetch(origin + path, { method })
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() }
}

export const post = (path: string) => ask(path, 'POST')
export const TEXT = 'text/plain; charset=UTF-8'

/** Levels in the answer of /logging. */
export const levelsOf = (body: string, ...components: string[]) =>
  components.map((name) => new RegExp(`^  ${name}: (\\w+)$`, 'm').exec(body)?.[1])
export const admin3 = (name: string) => `type.googleapis.com/envoy.admin.v3.${name}`
export const listener = (name: string) => ({ '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener', name })

/** Somebody taps already. */
export function tapElsewhere(): void {
  isTapped = true
}
