/**
 * Two million requests of every kind — HTTP/1.1, HTTP/2, TLS, bodies both ways, left by clients and cut by upstreams — through a Wasm
 * filter leave the process as large as it was; a part in `npm test`.
 */
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import { adminText } from '../../support/admin.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { shareOf } from '../../support/counts.ts'
import { descriptorsOf, guestBytes, residentBytes } from '../../support/process-size.ts'
import { Programs, type Run } from '../host/programs.ts'
import { address, bootstrap, staticCluster, wasmFilter } from '../host/setup.ts'
import { askHttp1, breakHttp1 } from './http1-client.ts'
import { askHttp2 } from './http2-client.ts'
import { SoakUpstream } from './upstreams.ts'

const REQUESTS = shareOf(2_000_000)
const PARTS = 8
/** So many of the last parts are judged: code is compiled and pools are filled before. */
const JUDGED = 4
const SAMPLE_MILLIS = 100
const MIB = 1024 * 1024
/** How much what heaps hold once their garbage is collected may rise over the judged parts. */
const HELD_NOISE = MIB
/** The same of the process, whose heaps reach their working size only after a million requests. */
const RESIDENT_NOISE = process.env['SLUICE_FULL'] === '1' ? 12 * MIB : Infinity
const COLLECT = join(import.meta.dirname, 'collect-garbage.ts')
const FILTER = join(import.meta.dirname, '../../../filters/dist/stats.wasm')
const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3'
const HTTP2 = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
}
/** What must be 0 when no client is there. */
const GAUGES = [
  'downstream_cx_active',
  'downstream_rq_active',
  'upstream_rq_active',
  'upstream_rq_pending_active',
  'streams_active',
]

const programs = new Programs(['--import', COLLECT])
const upstreams: SoakUpstream[] = []
let authority = ''
let host: Run
let ports = { main: 0, tls: 0, admin: 0 }

beforeAll(async () => {
  const files = await makeCertificate(programs.folder)
  authority = readFileSync(files.authority, 'latin1')
  upstreams.push(await SoakUpstream.start('HTTP/1.1'), await SoakUpstream.start('HTTP/2'))
  host = await programs.serve(configOf(files.certificate, files.key))
  const portOf = (name: string): number => Number(new RegExp(`${name} 127\\.0\\.0\\.1:(\\d+)`).exec(host.out())![1])
  ports = { main: portOf('main'), tls: portOf('tls'), admin: portOf('admin') }
})

afterAll(async () => {
  programs.remove()
  for (const upstream of upstreams) await upstream.stop()
})

function configOf(certificate: string, key: string): object {
  const [one, two] = upstreams.map(({ port }) => port) as [number, number]
  const plain = bootstrap({
    ports: [one],
    otherClusters: [staticCluster('up2', [two], HTTP2)],
    routes: [
      { match: { prefix: '/h2' }, route: { cluster: 'up2' } },
      { match: { prefix: '/' }, route: { cluster: 'up' } },
    ],
    // Who is cut does not wait.
    http: { delayed_close_timeout: '0.005s' },
    filters: [wasmFilter(FILTER, { name: 'stats', root_id: 'stats' })],
  }) as { static_resources: { listeners: { filter_chains: [object] }[] } }
  const [main] = plain.static_resources.listeners
  const certificates = [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }]
  const context = { alpn_protocols: ['h2', 'http/1.1'], tls_certificates: certificates }
  const transport_socket = { name: 'tls', typed_config: { '@type': `${TLS}.DownstreamTlsContext`, common_tls_context: context } }
  const tls = { ...main, name: 'tls', filter_chains: [{ ...main!.filter_chains[0], transport_socket }] }
  const resources = { ...plain.static_resources, listeners: [main, tls] }
  return { admin: { address: address(0) }, static_resources: resources }
}

test.skipIf(process.platform !== 'linux')(
  `${REQUESTS} mixed requests on sockets (sizes are read from /proc)`,
  { timeout: 3_600_000 },
  async () => {
    const sizes: Size[] = []
    while (sizes.length < PARTS) sizes.push(await part(sizes.length))
    console.log(`MiB held: ${inMib(sizes, 'held')}; resident: ${inMib(sizes, 'resident')}`)
    const [before, after] = sizes.slice(-2) as [Size, Size]
    expect(before.guests).toBeGreaterThan(0)
    expect(after.descriptors).toBe(before.descriptors)
    expect(after.guests).toBeLessThanOrEqual(before.guests)
    expect(growth(sizes, 'held')).toBeLessThan(HELD_NOISE)
    expect(growth(sizes, 'resident')).toBeLessThan(RESIDENT_NOISE)
  },
)

interface Size {
  /** By the heaps of all threads, without garbage, bytes. */
  readonly held: number
  /** The smallest while requests ran, bytes. */
  readonly resident: number
  readonly guests: number
  /** Without those of connections to upstreams, of which pools keep some. */
  readonly descriptors: number
}

/** Sends its share of the requests, of all kinds at the same time. */
async function part(index: number): Promise<Size> {
  const pid = host.child.pid!
  let resident = Infinity
  const timer = setInterval(() => (resident = Math.min(resident, residentBytes(pid))), SAMPLE_MILLIS)
  await sendAll(REQUESTS / PARTS, index)
  clearInterval(timer)
  await expect.poll(activeOnes).toEqual([])
  const pooled = upstreams.reduce((sum, { connections }) => sum + connections, 0)
  return { held: await heldBytes(), resident, guests: guestBytes(pid), descriptors: descriptorsOf(pid) - pooled }
}

/** Has the host collect its garbage. */
async function heldBytes(): Promise<number> {
  const before = host.err().length
  host.child.kill('SIGUSR2')
  const said = (): string => /holds (\d+) bytes/.exec(host.err().slice(before))?.[1] ?? ''
  await expect.poll(said).not.toBe('')
  return Number(said())
}

async function sendAll(count: number, index: number): Promise<void> {
  const random = new SeededRandom(index + 1)
  const plain = () => connect({ port: ports.main, host: '127.0.0.1', noDelay: true })
  const secure = () => connectTls({ port: ports.tls, host: '127.0.0.1', ca: authority, ALPNProtocols: ['http/1.1'] })
  const plain2 = () => connectHttp2(`http://127.0.0.1:${ports.main}`)
  const secure2 = () => connectHttp2(`https://127.0.0.1:${ports.tls}`, { ca: authority })
  const share = (percent: number): number => Math.ceil((count * percent) / 100)
  await Promise.all([
    ...Array.from({ length: 10 }, () => askHttp1(plain, share(6), 1000, '', random)),
    askHttp1(plain, share(6), 1000, '/h2', random),
    ...Array.from({ length: 2 }, () => askHttp1(secure, share(5), 100, '', random)),
    ...Array.from({ length: 2 }, () => askHttp2(plain2, share(6), 500, random)),
    askHttp2(secure2, share(6), 200, random),
    ...Array.from({ length: 6 }, (_, at) => breakHttp1(at < 4 ? plain : secure, share(1), at % 2 === 0 ? '' : '/h2', random)),
  ])
}

/** Gauges of open connections and streams that are not 0. */
async function activeOnes(): Promise<string[]> {
  const text = await adminText(ports.admin, `/stats?filter=(${GAUGES.join('|')})$`)
  return text.split('\n').filter((line) => line !== '' && !line.endsWith(': 0'))
}

function inMib(sizes: readonly Size[], what: 'held' | 'resident'): string {
  return sizes.map((size) => (size[what] / MIB).toFixed(1)).join(', ')
}

/** Bytes that the judged parts have added, by the line that fits them best. */
function growth(sizes: readonly Size[], what: 'held' | 'resident'): number {
  const judged = sizes.slice(-JUDGED).map((size) => size[what])
  const middle = (JUDGED - 1) / 2
  const mean = judged.reduce((sum, one) => sum + one, 0) / JUDGED
  const above = judged.reduce((sum, one, at) => sum + (at - middle) * (one - mean), 0)
  const below = judged.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
  return (above / below) * (JUDGED - 1)
}
