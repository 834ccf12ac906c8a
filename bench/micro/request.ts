/**
 * The host's own part of a proxied request: both codecs, connection manager, chain, router and pool, with sockets in
 * memory. `node bench/micro/request.ts [FILTERS [uncounted | bundle]]`; `uncounted`: without gas and memory limits;
 * `bundle`: the filters as one module.
 */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HttpConnectionManager } from '../../host/chain/connection-manager.ts'
import { ClusterManager } from '../../host/cluster/cluster-manager.ts'
import { readConfiguration } from '../../host/config/index.ts'
import type { HttpChainConfig } from '../../host/config/types.ts'
import type { ClientConnection, ClientConnectionEvents } from '../../host/http/codec.ts'
import type { ConnectionInfo } from '../../host/http/stream-info.ts'
import { Http1ClientConnection } from '../../host/http1/client.ts'
import { Http1ServerConnection } from '../../host/http1/server.ts'
import { VmRegistry } from '../../host/plugin/vm-registry.ts'
import { RouterFactory } from '../../host/proxy/router.ts'
import { RouterStats } from '../../host/proxy/router-stats.ts'
import { TimeoutPool } from '../../host/proxy/timeout-pool.ts'
import { NO_TAP } from '../../host/tap/tap-point.ts'
import { RouteTable } from '../../host/route/route-table.ts'
import { TlsSecrets } from '../../host/tls/tls-secrets.ts'
import { systemClock } from '../../host/util/clock.ts'
import { systemRandom } from '../../host/util/random.ts'
import { systemTimers } from '../../host/util/timers.ts'
import { createThreadState } from '../../host/workers/thread-state.ts'
import { fakeServices } from '../../test/host/plugin/fakes.ts'
import { compileGuest } from '../compile-guest.ts'
import { bootstrap, bundleConfiguration, chainFilters, type ChainSpec } from '../load/bootstrap.ts'
import { calibration, scaledMicros } from './calibrate.ts'
import { measure } from './measure.ts'
import { MemorySocket } from './memory-socket.ts'
import { uncountedEngine } from './uncounted-engine.ts'

const CONNECTIONS = 64
const REQUEST = Buffer.from(
  [
    'GET /api/items?id=42 HTTP/1.1',
    'Host: 127.0.0.1:10000',
    'User-Agent: sluice-bench/1',
    'Accept: application/json',
    'Accept-Language: en-GB,en;q=0.9',
    'Authorization: Bearer 0123456789abcdef0123456789abcdef',
    'Cookie: sid=0123456789abcdef; theme=dark',
    'X-Tenant: blue',
    'X-Trace: 4bf92f3577b34da6a3ce929d0e0e4736',
    '\r\n',
  ].join('\r\n'),
)
const RESPONSE = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Server: nginx/1.22.1',
    'Date: Fri, 20 Nov 2026 10:00:00 GMT',
    'Content-Type: text/plain',
    'Content-Length: 100',
    'Connection: keep-alive',
    'cache-control: no-store',
    'x-a: 1',
    'x-b: 22222222',
    'etag: "abcdef"',
    '',
    'x'.repeat(100),
  ].join('\r\n'),
)

const copies = Number(process.argv[2] ?? 0)
const mode = process.argv[3] ?? 'chain'
const engine = mode === 'uncounted' ? uncountedEngine : null
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))

function chainSpec(): ChainSpec | null {
  if (copies === 0) return null
  if (mode !== 'bundle') return { copies, configuration: '', wasm: compileGuest('header', 'sdk', folder) }
  return { copies: 1, configuration: bundleConfiguration(copies), wasm: compileGuest('header-bundle', 'sdk', folder) }
}

const chain = chainSpec()
const { config } = readConfiguration(
  [
    {
      name: 'bench',
      text: bootstrap({ port: 10000, adminPort: 10001, upstreamPort: 10002 }, chain === null ? [] : chainFilters(chain)),
    },
  ],
  {
    readFile: (path) => readFileSync(path),
    environment: {},
  },
)
const state = createThreadState(1, { level: 'error' }, () => {})
const timers = systemTimers(systemClock)

const upstreams: MemorySocket[] = []

function connect(events: ClientConnectionEvents): ClientConnection {
  const socket = new MemorySocket()
  const options = {
    maxHeadBytes: 81920,
    maxHeaders: 100,
    enableTrailers: false,
    letterCase: 'LOWER' as const,
    allowChunkedLength: false,
    sendsWholeUrl: false,
    bufferLimit: 1048576,
    log: state.loggers.get('client'),
  }
  upstreams.push(socket)
  const connection = new Http1ClientConnection(options, events, socket.open)
  setImmediate(() => socket.emit('connect'))
  return connection
}

const clusters = new ClusterManager({
  stats: state.stats,
  timers,
  clock: systemClock,
  random: systemRandom,
  hosts: state.hosts,
  names: state.names,
  log: state.loggers.get('upstream'),
  secrets: new TlsSecrets(),
  isFirstWorker: true,
  node: config.node,
  connectorFor: () => ({ protocol: 'HTTP/1.1', expectedStreams: 1, connect: (_destination, events) => connect(events) }),
})
await clusters.addOrUpdate(config.clusters[0]!)
const { bufferLimit, chains } = config.listeners[0]!.value
const { http } = chains[0] as HttpChainConfig // the configuration has no other
const services = { ...fakeServices(), clock: systemClock, timers, random: systemRandom }
const registry = new VmRegistry({ services, engine })
const manager = new HttpConnectionManager({
  config: http,
  bufferLimit,
  routes: new RouteTable(http.routes),
  filters: http.filters.map((filter) => registry.start(filter.plugin)),
  services,
  terminals: new RouterFactory({
    clusters,
    clock: systemClock,
    random: systemRandom,
    timeouts: new TimeoutPool(timers),
    config: http.router,
    stats: new RouterStats(state.stats, http.statPrefix),
    tap: NO_TAP,
    internalRouters: null,
  }),
  accessLogs: [],
  statistics: state.stats,
})

function accept(id: number): MemorySocket {
  const socket = new MemorySocket()
  const info: ConnectionInfo = {
    id,
    remoteAddress: `127.0.0.1:${40000 + id}`,
    remoteHost: '127.0.0.1',
    directRemoteAddress: `127.0.0.1:${40000 + id}`,
    requestedServerName: '',
    tls: null,
    transportFailure: '',
    localAddress: '127.0.0.1:10000',
    filterChainName: '',
    listenerDirection: 0,
    listenerMetadata: null,
    filterState: null,
  }
  const options = {
    http1: http.http1,
    scheme: 'http',
    bufferLimit,
    requestHeadersTimeout: http.requestHeadersTimeout,
    delayedCloseTimeout: http.delayedCloseTimeout,
    timers,
    log: state.loggers.get('http'),
  }
  void new Http1ServerConnection(
    options,
    {
      newStream: (stream) => manager.newStream(stream, info),
      onHandedOver: () => {},
      onRefused: () => {
        throw new Error('refused')
      },
      onClosed: () => {},
    },
    socket.open,
  )
  return socket
}

const clients = Array.from({ length: CONNECTIONS }, (_, id) => accept(id))

function answer(upstream: MemorySocket): void {
  if (upstream.written === 0) return
  upstream.written = 0
  upstream.receive(RESPONSE)
}

/** One request on every connection, as one turn of a busy event loop has them. */
function turn(): void {
  for (let i = 0; i < CONNECTIONS; i++) clients[i]!.receive(REQUEST)
  for (let i = 0; i < upstreams.length; i++) answer(upstreams[i]!)
}

// The first requests open the upstream connections.
for (const client of clients) client.receive(REQUEST)
await new Promise((resolve) => setTimeout(resolve, 50))
for (const upstream of upstreams) answer(upstream)
for (const client of clients) if (client.written === 0) throw new Error('a request was not answered')
const unit = calibration()
for (let i = 0; i < 4000; i++) turn()
const heapBefore = process.memoryUsage().heapUsed
turn()
const garbage = (process.memoryUsage().heapUsed - heapBefore) / CONNECTIONS
const nanos = measure(turn, 40) / CONNECTIONS
console.log(
  `${copies} filters: ${nanos.toFixed(0)} ns per request, ${scaledMicros(nanos, unit)}; ${garbage.toFixed(0)} bytes of garbage`,
)
process.exit(0)
