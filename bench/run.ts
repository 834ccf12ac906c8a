/**
 * `npm run bench [-- GROUP [ROUNDS [SECONDS]]]`: proxies side by side in one run, CPU per request.
 * Needs Linux, two cores, and `wrk`, `nginx`, `taskset` on PATH; the groups of HTTP/2 need `h2load` (nghttp2-client). Method: docs/PERFORMANCE.md.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll, stagedHost } from '../tools/pack.ts'
import { fetchEnvoy } from '../test/support/envoy-binary.ts'
import { guestModule } from './compile-guest.ts'
import { GROUPS, type Group, type Variant } from './load/groups.ts'
import { bootstrap, nginxProxy, nginxUpstream } from './load/configs.ts'
import { cpuSeconds, residentMegabytes, startPinned, stopAll, untilListening, type Measured } from './load/processes.ts'
import { table, type Row } from './load/report.ts'
import { runH2load } from './load/h2load.ts'
import type { Slice } from './load/slice.ts'
import { runWrk } from './load/wrk.ts'

/** V8 needs about 200 000 requests until a chain of eight filters is fully optimised. */
const WARM_UP_SECONDS = 12
const UPSTREAM_PORT = 11900
const FIRST_PORT = 11910

const [groupName = 'proxy', rounds = '6', seconds = '2'] = process.argv.slice(2)
const work = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
const log = join(work, 'output.log')

function nginx(name: string, core: number, config: (folder: string) => string): number {
  const folder = join(work, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'nginx.conf'), config(folder))
  return startPinned(core, ['nginx', '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'], log)
}

async function commandOf(variant: Variant, file: string): Promise<string[]> {
  const common = ['-c', file, '--concurrency', '1', '-l', 'error']
  if (variant.proxy === 'envoy') return [await fetchEnvoy(), ...common, '--use-dynamic-base-id']
  return [process.execPath, join(stagedHost, 'cli/main.js'), 'run', ...common]
}

async function startProxy(variant: Variant, port: number, isHttp2: boolean): Promise<number> {
  if (variant.proxy === 'nginx') return nginx('proxy', 1, (folder) => nginxProxy(folder, port, UPSTREAM_PORT, isHttp2))
  const file = join(work, `${variant.name.replaceAll(' ', '-')}.json`)
  const chain = variant.guest && { ...variant.guest, wasm: await guestModule(variant.guest.name, variant.guest.kind, work) }
  writeFileSync(file, bootstrap(port, port + 40, UPSTREAM_PORT, chain ?? null))
  return startPinned(1, await commandOf(variant, file), log)
}

async function start(variant: Variant, index: number, isHttp2: boolean): Promise<Measured> {
  const port = FIRST_PORT + index
  const pid = await startProxy(variant, port, isHttp2)
  await untilListening(port)
  return { pid, port }
}

function load(group: Group, port: number, forSeconds: number): Promise<Slice> {
  return group.http2 === undefined ? runWrk(work, port, forSeconds) : runH2load(group.http2, port, forSeconds)
}

async function measure(row: Row, target: Measured, group: Group): Promise<void> {
  const before = cpuSeconds(target.pid)
  const slice = await load(group, target.port, Number(seconds))
  const used = cpuSeconds(target.pid) - before
  row.samples.push({ ...slice, cpu: (used * 1e6) / slice.requests })
  row.resident = residentMegabytes(target.pid)
}

function describe({ http2 }: Group): string {
  return http2 === undefined ? 'wrk -t1 -c64' : `h2load -t1 -c${http2.connections} -m${http2.streams}`
}

async function main(): Promise<void> {
  const group = GROUPS[groupName]
  if (group === undefined) throw new Error(`unknown group ${groupName}: wanted one of ${Object.keys(GROUPS).join(', ')}`)
  // The host as users run it: compiled, from the package.
  packAll(work)
  nginx('upstream', 0, (folder) => nginxUpstream(folder, UPSTREAM_PORT))
  await untilListening(UPSTREAM_PORT)
  const targets: Measured[] = []
  for (const [index, variant] of group.variants.entries()) {
    targets.push(await start(variant, index, group.http2 !== undefined))
  }
  const rows = group.variants.map((variant): Row => ({ name: variant.name, samples: [], resident: 0 }))
  for (const target of targets) await load(group, target.port, WARM_UP_SECONDS)
  for (let round = 0; round < Number(rounds); round++) {
    for (const [index, target] of targets.entries()) await measure(rows[index]!, target, group)
  }
  console.log(`group ${groupName}, ${rounds} rounds of ${seconds} s, ${describe(group)}\n\n${table(rows, group)}`)
}

try {
  await main()
} finally {
  await stopAll()
}
