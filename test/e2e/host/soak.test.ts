/** A million requests through the quickstart's chain over sockets leave the process as large as it was; a part in `npm test`. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import { root } from '../../../tools/checks/sources.ts'
import { shareOf } from '../../support/counts.ts'
import { sendMany, startAnswering } from '../../support/load.ts'
import { descriptorsOf, guestBytes, residentBytes } from '../../support/process-size.ts'

const REQUESTS = shareOf(1_000_000)
const CONNECTIONS = 16
/** Thirds before those that are judged: heaps reach their working size only after a million of requests. */
const WARM_UP = process.env['SLUICE_FULL'] === '1' ? 3 : 0
/** How many more may pass until heaps have settled; what leaks grows in each. */
const SETTLING = 3
const SAMPLE_MILLIS = 100
/** Until the host has seen that its clients are gone. */
const CLOSING_MILLIS = 200
const MIB = 1024 * 1024
/** How far apart the smallest sizes of two equal parts may be: the collector's young space comes and goes. */
const NOISE = 12 * MIB

let folder = ''
let upstream: Awaited<ReturnType<typeof startAnswering>>
let child: ChildProcess
let port = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-soak-'))
  upstream = await startAnswering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
  const file = join(folder, 'envoy.yaml')
  await writeFile(file, quickstart(upstream.port))
  const args = [join(root, 'host/cli/main.ts'), 'run', '-c', file, '--concurrency', '1', '-l', 'off']
  child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout!.on('data', (bytes: Buffer) => (out += bytes))
  await vi.waitUntil(() => (port = Number(/quickstart 127\.0\.0\.1:(\d+)/.exec(out)?.[1])) > 0, { timeout: 30_000 })
})

afterAll(async () => {
  child.kill()
  await once(child, 'close')
  await upstream.close()
  await rm(folder, { recursive: true })
})

test.skipIf(process.platform !== 'linux')(
  `${REQUESTS} requests on sockets (sizes are read from /proc)`,
  { timeout: 1_800_000 },
  async () => {
    const random = new SeededRandom(1)
    for (let i = 0; i < WARM_UP; i++) await part(random)
    const parts = [await part(random), await part(random), await part(random)]
    while (grown(parts) >= NOISE && parts.length < 3 + SETTLING) parts.push(await part(random))
    console.log(`MiB resident: ${parts.map(({ resident }) => (resident / MIB).toFixed(1)).join(', ')}`)
    const [before, after] = parts.slice(-2) as [Size, Size]
    expect(before.guests).toBeGreaterThan(0)
    expect(after.descriptors).toBe(before.descriptors)
    expect(after.guests).toBeLessThanOrEqual(before.guests)
    expect(grown(parts)).toBeLessThan(NOISE)
  },
)

interface Size {
  /** The smallest while requests ran, bytes. */
  readonly resident: number
  readonly guests: number
  /** Without those of connections to the upstream, of which a pool keeps some. */
  readonly descriptors: number
}

/** Bytes that the last part added. */
function grown(parts: readonly Size[]): number {
  const [before, after] = parts.slice(-2) as [Size, Size]
  return after.resident - before.resident
}

/** Sends a third of the requests. */
async function part(random: SeededRandom): Promise<Size> {
  const pid = child.pid!
  let resident = Infinity
  const timer = setInterval(() => (resident = Math.min(resident, residentBytes(pid))), SAMPLE_MILLIS)
  const statuses = await sendMany(port, CONNECTIONS, Math.ceil(REQUESTS / 3), () => requestOf(random))
  clearInterval(timer)
  expect([...statuses.keys()].toSorted()).toEqual([200, 401, 429])
  await sleep(CLOSING_MILLIS)
  return { resident, guests: guestBytes(pid), descriptors: descriptorsOf(pid) - upstream.connections() }
}

/** To each filter something to do: a route of its own, a missing key, a limit. */
function requestOf(random: SeededRandom): string {
  const kind = Math.floor(random.fraction() * 8)
  const path = kind === 0 ? '/limited' : `/items/${kind}?page=${Math.floor(random.fraction() * 1000)}`
  const key = kind === 1 ? '' : 'x-api-key: k-alice-0123456789\r\n'
  const group = kind === 2 ? 'x-user-group: beta\r\n' : ''
  return `GET ${path} HTTP/1.1\r\nhost: soak.test\r\n${key}${group}accept: text/html\r\n\r\n`
}

/** The quickstart on free ports, without its access log on stdout. */
function quickstart(upstreamPort: number): string {
  return readFileSync(join(root, 'examples/quickstart/envoy.yaml'), 'utf8')
    .replaceAll(/port_value: (9901|10000)/g, 'port_value: 0')
    .replaceAll(/port_value: 1010\d/g, `port_value: ${upstreamPort}`)
    .replace(/access_log:[\s\S]*?(?=route_config:)/, '')
}
