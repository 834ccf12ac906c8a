/** `/stats/prometheus` of a host that has served, before the programs that read it: promtool, and a Prometheus that scrapes. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { adminText } from '../../support/admin.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { debianProgram } from '../../support/debian-program.ts'
import { endWithThisProcess } from '../../support/lifeline.ts'
import { poll } from '../../support/poll.ts'
import { freePorts } from '../../support/ports.ts'
import { answering, ask, bootstrap, OK, startConfig, wasmFilter } from '../host/setup.ts'

/** What promtool says of names alone: the host keeps those of Envoy, and guests choose theirs. */
const OF_NAMES = [
  /^\w+ counter metrics should have "_total" suffix$/,
  /^\w+ non-counter metrics should not have "_total" suffix$/,
  /^\w+ non-histogram and non-summary metrics should not have "_count" suffix$/,
  /^\w+ metric names should not contain abbreviated units$/,
  /^\w+ use base unit "\w+" instead of "\w+"$/,
]

const promtool = await fetchOrReason(() => debianProgram('promtool', 'prometheus'))
const server = await fetchOrReason(() => debianProgram('prometheus'))
const reasons = promtool.reason + server.reason

const upstream = answering(OK)
let host: Host
let folder: string
let prometheus: ChildProcess | null = null

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'))
  const filter = wasmFilter('filters/dist/stats.wasm', { name: 'stats', root_id: 'stats' })
  const started = await startConfig(bootstrap({ ports: [await upstream.start()], admin: true, filters: [filter] }))
  host = started.host
  for (let i = 0; i < 5; i++) await ask(started.port)
})

afterAll(async () => {
  if (prometheus !== null) {
    prometheus.kill()
    await once(prometheus, 'exit')
  }
  await host.stop()
  await upstream.stop()
  await rm(folder, { recursive: true })
})

const page = (): Promise<string> => adminText(host.adminAddress!.port, '/stats/prometheus')

/** Samples of the page: a name with labels in their order, and the value. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [seriesOf(/^(\w+)\{(.*)\} (\S+)$/.exec(line)!), Number(line.slice(line.lastIndexOf(' ')))]))
}

function seriesOf([, name = '', labels = '']: RegExpExecArray): string {
  return `${name}{${[...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(String).toSorted().join(',')}}`
}

describe.skipIf(reasons !== '')(`/stats/prometheus${reasons}`, () => {
  test('promtool complains of nothing but names', async () => {
    const { stdout, stderr, status } = spawnSync(promtool.value!, ['check', 'metrics'], { input: await page(), encoding: 'utf8' })
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
    expect(complaints.filter((line) => !OF_NAMES.some((name) => name.test(line)))).toEqual([])
    expect(status).toBe(complaints.length === 0 ? 0 : 3)
  })

  test('a Prometheus has every sample of the page', async () => {
    const port = await startPrometheus(host.adminAddress!.port)
    const expected = samplesOf(await page())
    const seen = await poll(
      () => scraped(port),
      (samples) => samples.size >= expected.size,
      20_000,
    )
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected))
  })
})

/** Scrapes the admin port; resolves with its own port. */
async function startPrometheus(target: number): Promise<number> {
  const [port] = await freePorts(1)
  const scrape = { job_name: 'host', metrics_path: '/stats/prometheus', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }
  const file = join(folder, 'prometheus.yml')
  await writeFile(
    file,
    JSON.stringify({ global: { scrape_interval: '500ms', scrape_timeout: '400ms' }, scrape_configs: [scrape] }),
  )
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ]
  prometheus = spawn(server.value!, flags, { stdio: 'ignore' })
  endWithThisProcess(prometheus)
  return port!
}

interface QueryAnswer {
  readonly data: {
    readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[]
  }
}

/** What Prometheus has of the host, without the labels and series that are its own; empty while it starts. */
async function scraped(port: number): Promise<Map<string, number>> {
  const query = encodeURIComponent('{job="host",__name__!~"up|scrape_.*"}')
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`).catch(() => null)
  if (response?.ok !== true) return new Map()
  const { data } = (await response.json()) as QueryAnswer
  return new Map(data.result.map(({ metric, value }) => [nameOf(metric), Number(value[1])]))
}

function nameOf({ __name__: name, job: _job, instance: _instance, ...labels }: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return `${name}{${texts.toSorted().join(',')}}`
}
