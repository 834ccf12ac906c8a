/**
 * Microseconds of one verification of a signature: by the SDK and by the proxy's `verify_signature`, in the host and in a
 * real Envoy. Each figure is the difference of requests that verify 60 times and once, the best of ten, in time of the CPU: a busy
 * machine makes them wait, but hardly slower.
 * `node bench/micro/signatures.ts`
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestHost } from '../../host/testing/index.ts'
import { EnvoyProcess } from '../../test/support/envoy.ts'
import { freePorts } from '../../test/support/ports.ts'
import { compileGuest } from '../compile-guest.ts'

const MESSAGE = 'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2EudGVzdCIsInN1YiI6ImFsaWNlIiwiZXhwIjoxODAwMDAwMDAwfQ'
const MANY = 60
const ROUNDS = 10
const EXTENSIONS = 'type.googleapis.com/envoy.extensions.filters'

type Pairs = Record<string, string>

/** Who verifies. */
interface Verifier {
  /** The status of a request. */
  ask(headers: Pairs): Promise<number>
  /** Nanoseconds of CPU time that it has taken so far. */
  cpuNanos(): number
}

interface Pair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const KINDS: readonly (readonly [string, Pair])[] = [
  ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['EdDSA', generateKeyPairSync('ed25519')],
]

function headersOf(kind: string, { privateKey, publicKey }: Pair): Pairs {
  const signature = sign(kind === 'EdDSA' ? null : 'sha256', Buffer.from(MESSAGE), privateKey)
  const key = publicKey.export({ format: 'der', type: 'spki' })
  return { 'x-kind': kind, 'x-message': MESSAGE, 'x-key': key.toString('hex'), 'x-signature': signature.toString('hex') }
}

async function micros({ ask, cpuNanos }: Verifier, headers: Pairs): Promise<number> {
  const best = async (count: number): Promise<number> => {
    let least = Infinity
    for (let round = 0; round < ROUNDS; round++) {
      const start = cpuNanos()
      if ((await ask({ ...headers, 'x-count': String(count) })) !== 200) throw new Error('not verified')
      least = Math.min(least, cpuNanos() - start)
    }
    return least
  }
  const many = await best(MANY)
  return (many - (await best(1))) / (MANY - 1) / 1000
}

async function report(name: string, verifier: Verifier): Promise<void> {
  for (const [kind, pair] of KINDS) {
    const headers = headersOf(kind, pair)
    const own = await micros(verifier, headers)
    // Envoy's function knows no Ed25519.
    const proxy = kind === 'EdDSA' ? null : await micros(verifier, { ...headers, 'x-by': 'proxy' })
    console.log(
      `${name}, ${kind}: ${own.toFixed(0)} us by the SDK${proxy === null ? '' : `, ${proxy.toFixed(0)} us by the proxy`}`,
    )
  }
}

/** Time that all threads of a process have run. */
function threadNanos(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanos = threads.map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
  return nanos.reduce((sum, one) => sum + one, 0)
}

function bootstrap(wasm: string, port: number): object {
  const plugin = { name: 'bench', vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: wasm } } } }
  const http = {
    '@type': `${EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'bench',
    route_config: {
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: { status: 404 } }] }],
    },
    http_filters: [
      { name: 'bench', typed_config: { '@type': `${EXTENSIONS}.http.wasm.v3.Wasm`, config: plugin } },
      { name: 'router', typed_config: { '@type': `${EXTENSIONS}.http.router.v3.Router` } },
    ],
  }
  const address = (value: number): object => ({ socket_address: { address: '127.0.0.1', port_value: value } })
  const listener = { name: 'in', address: address(port), filter_chains: [{ filters: [{ name: 'http', typed_config: http }] }] }
  return { admin: { address: address(0) }, static_resources: { listeners: [listener] } }
}

const wasm = compileGuest('signatures', 'sdk', mkdtempSync(join(tmpdir(), 'sluice-bench-')))
const host = createTestHost({ filters: [{ wasm: readFileSync(wasm) }] })
await report('host', {
  ask: async (headers) => (await host.request({ headers })).status,
  cpuNanos: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) * 1000
  },
})

const [port] = await freePorts(1)
const envoy = await EnvoyProcess.start(0, () => Promise.resolve(bootstrap(wasm, port!)))
try {
  await report('Envoy', {
    ask: async (headers) => (await fetch(`http://127.0.0.1:${port}/`, { headers })).status,
    cpuNanos: () => threadNanos(envoy.pid),
  })
} finally {
  await envoy.stop()
}
