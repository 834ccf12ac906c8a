/**
 * `npm run bench [-- GROUP [ROUNDS [SECONDS]]]`: proxies side by side in one run, CPU per request.
 * Needs Linux, two cores, and `wrk`, `nginx`, `taskset` on PATH; `latency` and the groups of HTTP/2 need `h2load`
 * (nghttp2-client). Method: docs/PERFORMANCE.md.
 */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll, stagedHost } from '../tools/pack.ts'
import { makeCertificate, type TestCertificate } from '../test/support/certificate.ts'
import { fetchEnvoy } from '../test/support/envoy-binary.ts'
import { guestModule } from './compile-guest.ts'
import { GROUPS, type Variant } from './load/groups.ts'
import { bootstrap, chainFilters, type Place } from './load/bootstrap.ts'
import { nginxProxy, nginxUpstream } from './load/nginx.ts'
import { cpuSeconds, residentMegabytes, startPinned, stopAll, untilListening, type Measured } from './load/processes.ts'
import { table, type Row } from './load/report.ts'
import { describeLoad, runLoad, type Traffic } from './load/traffic.ts'

/** V8 needs about 200 000 requests until a chain of eight filters is fully optimised. */
const WARM_UP_SECONDS = 12
const UPSTREAM_PORT = 11900
const FIRST_PORT = 11910

const [groupName = 'proxy', rounds = '6', seconds = '2'] = process.argv.slice(2)
const work = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
// The workers of nginx, who are nobody, read bodies from it.
chmodSync(work, 0o755)
const log = join(work, 'output.log')

function nginx(name: string, core: string, config: (folder: string) => string): number {
  const folder = join(work, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'nginx.conf'), config(folder))
  return startPinned(core, ['nginx', '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'], log)
}

async function commandOf({ proxy, workers = 1 }: Variant, file: string): Promise<string[]> {
  const common = ['-c', file, '--concurrency', String(workers), '-l', 'error']
  if (proxy === 'envoy') return [await fetchEnvoy(), ...common, '--use-dynamic-base-id']
  return [process.execPath, join(stagedHost, 'cli/main.js'), 'run', ...common]
}

async function filtersOf({ guest, filters }: Variant): Promise<readonly unknown[]> {
  if (guest === null) return filters ?? []
  return chainFilters({ ...guest, wasm: await guestModule(guest.name, guest.kind, work) })
}

async function startProxy(variant: Variant, place: Place): Promise<number> {
  if (variant.proxy === 'nginx') return nginx('proxy', '1', (folder) => nginxProxy(folder, place))
  const file = join(work, `${variant.name.replaceAll(/\W+/g, '-')}.json`)
  writeFileSync(file, bootstrap(place, await filtersOf(variant)))
  return startPinned((variant.workers ?? 1) > 1 ? '0,1' : '1', await commandOf(variant, file), log)
}

async function start(variant: Variant, index: number, traffic: Traffic, certificate?: TestCertificate): Promise<Measured> {
  const port = FIRST_PORT + index
  const upstreamPort = UPSTREAM_PORT + (traffic.isHttp2Upstream ? 1 : 0)
  const pid = await startProxy(variant, {
    port,
    adminPort: port + 40,
    upstreamPort,
    traffic,
    ...(certificate && { certificate }),
  })
  await untilListening(port)
  return { pid, port }
}

async function measure(row: Row, target: Measured, traffic: Traffic): Promise<void> {
  const before = cpuSeconds(target.pid)
  const slice = await runLoad(traffic, work, target.port, Number(seconds))
  const used = cpuSeconds(target.pid) - before
  row.samples.push({ ...slice, cpu: (used * 1e6) / slice.requests })
  row.resident = residentMegabytes(target.pid)
}

async function main(): Promise<void> {
  const group = GROUPS[groupName]
  if (group === undefined) throw new Error(`unknown group ${groupName}: wanted one of ${Object.keys(GROUPS).join(', ')}`)
  // The host as users run it: compiled, from the package.
  packAll(work)
  nginx('upstream', '0', (folder) => nginxUpstream(folder, UPSTREAM_PORT))
  await untilListening(UPSTREAM_PORT)
  const traffic = group.traffic ?? {}
  const certificate = traffic.isTls ? await makeCertificate(work) : undefined
  const targets: Measured[] = []
  for (const [index, variant] of group.variants.entries()) {
    targets.push(await start(variant, index, traffic, certificate))
  }
  const rows = group.variants.map((variant): Row => ({ name: variant.name, samples: [], resident: 0 }))
  for (const target of targets) await runLoad(traffic, work, target.port, WARM_UP_SECONDS)
  for (let round = 0; round < Number(rounds); round++) {
    for (const [index, target] of targets.entries()) await measure(rows[index]!, target, traffic)
  }
  console.log(`group ${groupName}, ${rounds} rounds of ${seconds} s, ${describeLoad(traffic)}\n\n${table(rows, group)}`)
}

try {
  await main()
} finally {
  await stopAll()
}
