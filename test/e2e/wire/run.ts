/** Runs all rows through both proxies and puts together what each made of them. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../support/ports.ts'
import { converse, type Conversation } from './converse.ts'
import { joinChunks } from './join-chunks.ts'
import { LANES, bootstrapOf, type Lane } from './profiles.ts'
import { startEnvoy, startHost, type Proxy } from './proxies.ts'
import type { Observation, WireRow } from './row.ts'
import { ScriptedUpstream, type UpstreamConnection } from './scripted-upstream.ts'

const SKEW_MILLIS = 20

/** What both proxies made of a row. */
export interface Pair {
  readonly host: Observation
  readonly envoy: Observation
}

interface RawObservation {
  readonly conversation: Conversation
  readonly upstream: readonly UpstreamConnection[]
  readonly listenerPort: number
  /** Wall time when the row began and ended: its port may serve other rows as well. */
  readonly startMillis: number
  readonly endMillis: number
}

/** The observations by id of the row. */
export async function runRows(rows: readonly WireRow[]): Promise<Map<string, Pair>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-wire-'))
  const upstreams = new Map(await Promise.all(LANES.map(async ({ name }) => [name, await ScriptedUpstream.start()] as const)))
  try {
    const accessLog = join(folder, 'access.log')
    const raw = await runAll(rows, upstreams, accessLog)
    const log = readLog(readFileSync(accessLog, 'latin1'))
    return new Map(
      [...raw].map(([id, { host, envoy }]) => [id, { host: toObservation(host, log), envoy: toObservation(envoy, log) }]),
    )
  } finally {
    await Promise.all([...upstreams.values()].map((upstream) => upstream.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

type RawPair = { readonly host: RawObservation; readonly envoy: RawObservation }

/** Both proxies are gone afterwards, and have written their logs. */
async function runAll(
  rows: readonly WireRow[],
  upstreams: ReadonlyMap<string, ScriptedUpstream>,
  accessLog: string,
): Promise<Map<string, RawPair>> {
  const [refused] = await freePorts(1)
  const ports = new Map([...upstreams].map(([name, upstream]) => [name, upstream.port]))
  const bootstrap = bootstrapOf(ports, refused!, accessLog)
  const proxies: Proxy[] = []
  try {
    const envoy = await startEnvoy(bootstrap)
    proxies.push(envoy)
    const host = process.env['ENVOY_ONLY'] ? envoy : await startHost(bootstrap)
    proxies.push(host)
    const results = new Map<string, RawPair>()
    const queue = [...rows]
    await Promise.all(LANES.map((lane) => runLane(lane, queue, upstreams.get(lane.name)!, { host, envoy }, results)))
    return results
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.stop()))
  }
}

/** Takes rows of its profile from the queue until there is none. */
async function runLane(
  lane: Lane,
  queue: WireRow[],
  upstream: ScriptedUpstream,
  proxies: { readonly host: Proxy; readonly envoy: Proxy },
  results: Map<string, RawPair>,
): Promise<void> {
  for (;;) {
    const at = queue.findIndex((row) => row.profile === lane.profile)
    if (at < 0) return
    const [row] = queue.splice(at, 1) as [WireRow]
    const envoy = await runOne(row, proxies.envoy.ports.get(lane.name)!, upstream)
    const host = await runOne(row, proxies.host.ports.get(lane.name)!, upstream)
    results.set(row.id, { host, envoy })
  }
}

async function runOne(row: WireRow, listenerPort: number, upstream: ScriptedUpstream): Promise<RawObservation> {
  upstream.begin(row.upstream)
  const startMillis = Date.now()
  const conversation = await converse(listenerPort, row, (text) => upstream.hears(text))
  const seen = await upstream.finish()
  return { conversation, upstream: seen, listenerPort, startMillis, endMillis: Date.now() }
}

interface LogLine {
  readonly startMillis: number
  readonly text: string
}

/** Lines by `listener client` ports. */
function readLog(text: string): Map<string, LogLine[]> {
  const lines = new Map<string, LogLine[]>()
  for (const line of text.split('\n')) {
    const [time = '', local = '', remote = '', ...rest] = line.split(' ')
    if (line === '' || rest.at(-1) === '/probe') continue
    const key = `${local.split(':').at(-1)} ${remote.split(':').at(-1)}`
    lines.set(key, [...(lines.get(key) ?? []), { startMillis: Date.parse(time), text: rest.join(' ') }])
  }
  return lines
}

function toObservation(raw: RawObservation, log: ReadonlyMap<string, LogLine[]>): Observation {
  const { conversation, upstream, listenerPort, startMillis, endMillis } = raw
  const lines = log.get(`${listenerPort} ${conversation.localPort}`) ?? []
  return {
    answer: masked(conversation.answer),
    fate: conversation.fate,
    upstream: upstream.map(({ received, end }) => `${masked(received)}[${end}]`),
    log: lines.filter((line) => isBetween(line.startMillis, startMillis, endMillis)).map(({ text }) => text),
  }
}

/** The wall clocks of three processes are not the same to the millisecond. */
function isBetween(millis: number, start: number, end: number): boolean {
  return millis >= start - SKEW_MILLIS && millis <= end + SKEW_MILLIS
}

/** Values that are never the same twice. */
function masked(text: string): string {
  return joinChunks(text)
    .replaceAll(/^(date|x-envoy-upstream-service-time): .*$/gim, '$1: *')
    .replaceAll(/^(x-request-id): [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?=\r$)/gim, '$1: *')
}
