/** All rows through host and Envoy, each with an upstream and an access log of its own. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../support/ports.ts'
import type { Proxy } from '../wire/proxies.ts'
import { playRow, type Played } from './play-row.ts'
import { bootstrapOf } from './profiles.ts'
import { InnerUpstream } from './inner-upstream.ts'
import { RowUpstream } from './row-upstream.ts'
import type { Http2Observation, Http2Row } from './row.ts'

/** Rows that run side by side. */
const WIDTH = 12

/** The observations by id of the row. */
export async function observe(
  start: (bootstrap: object) => Promise<Proxy>,
  rows: readonly Http2Row[],
): Promise<Map<string, Http2Observation>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-http2-'))
  const accessLog = join(folder, 'access.log')
  const upstream = await RowUpstream.start()
  const inner = await InnerUpstream.start()
  try {
    const [refused = 0] = await freePorts(1)
    const proxy = await start(bootstrapOf(upstream.port, inner.port, refused, accessLog))
    const played = await playAll(proxy, rows)
    await proxy.stop()
    return gather(rows, played, proxy, upstream, readFileSync(accessLog, 'latin1'))
  } finally {
    upstream.stop()
    inner.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function playAll(proxy: Proxy, rows: readonly Http2Row[]): Promise<Map<string, Played>> {
  const played = new Map<string, Played>()
  const queue = [...rows]
  const localPorts = await freePorts(rows.length)
  const work = async (): Promise<void> => {
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      played.set(row.id, await playRow(proxy.ports.get(row.profile)!, localPorts.pop()!, row))
    }
  }
  await Promise.all(Array.from({ length: WIDTH }, work))
  return played
}

function gather(
  rows: readonly Http2Row[],
  played: ReadonlyMap<string, Played>,
  proxy: Proxy,
  upstream: RowUpstream,
  log: string,
): Map<string, Http2Observation> {
  const lines = log
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  return new Map(
    rows.map(({ id, profile }) => {
      const { answer, fate, localPort } = played.get(id)!
      const key = [String(localPort), String(proxy.ports.get(profile))]
      const own = lines.filter(([remote, local]) => remote === key[0] && local === key[1])
      const requests = (upstream.requests.get(id.replace('/', '-')) ?? []).map(masked).toSorted()
      return [id, { answer, fate, upstream: requests, log: own.map((parts) => parts.slice(2).join(' ')).toSorted() }]
    }),
  )
}

/** A request without what changes, its body in one piece. */
function masked(request: string): string {
  return request
    .replace(/x-request-id: [^\r]+/, 'x-request-id: *')
    .replace(/x-envoy-expected-rq-timeout-ms: \d+/, 'x-envoy-expected-rq-timeout-ms: *')
    .replace(/(x-envoy-external-address|x-forwarded-for): [^\r]+/g, '$1: *')
    .replace(/\r\n[0-9a-f]+\r\n([^\r]*)(?=\r\n)/g, (text, data: string) => (data === '' ? text : `\r\n[${data}]`))
    .replaceAll(/\]\r\n\[/g, '')
}
