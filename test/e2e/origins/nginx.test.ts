/** A real nginx behind host and Envoy: what the client gets is equal byte by byte, and nginx sees the same requests. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { Nginx, findNginx } from '../../support/nginx.ts'
import { poll } from '../../support/poll.ts'
import { freePorts } from '../../support/ports.ts'
import { converse } from '../wire/converse.ts'
import { joinChunks } from '../wire/join-chunks.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'
import { logOf, originBootstrap, originText, type OriginPorts } from './nginx-config.ts'
import { ORIGIN_ROWS, type OriginRow } from './nginx-rows.ts'

const LIMIT = 60_000
const { value: program, reason: why } = await fetchOrReason(async () => (await findNginx(), fetchEnvoy()))

/** What is compared between two proxies. */
interface Observation {
  readonly answer: readonly string[]
  readonly fate: string
  readonly log: readonly string[]
}

describe.skipIf(program === null)(`nginx behind host and Envoy${why}`, () => {
  const proxies = new Map<string, { readonly proxy: Proxy; readonly ports: OriginPorts }>()
  let nginx: Nginx

  beforeAll(async () => {
    const [a, b, c, d, e, f] = (await freePorts(6)) as [number, number, number, number, number, number]
    const ports = { host: { plain: a, http2: b, tls: c }, Envoy: { plain: d, http2: e, tls: f } }
    nginx = await Nginx.start(a, (folder) => originText(folder, Object.values(ports)))
    proxies.set('host', { proxy: await startHost(originBootstrap(ports.host)), ports: ports.host })
    proxies.set('Envoy', { proxy: await startEnvoy(originBootstrap(ports.Envoy)), ports: ports.Envoy })
  }, LIMIT)

  afterAll(async () => {
    for (const { proxy } of proxies.values()) await proxy.stop()
    await nginx.stop()
  })

  test.each(ORIGIN_ROWS.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    if (row.without === true) await nginx.pause()
    const [host, envoy] = await Promise.all([observe(row, 'host'), observe(row, 'Envoy')])
    if (row.without === true) await nginx.resume()
    expect(row.wanted.filter((line) => !envoy.answer.some((seen) => isLine(seen, line)))).toEqual([])
    expect(host).toEqual(envoy)
  })

  async function observe(row: OriginRow, name: string): Promise<Observation> {
    const { proxy, ports } = proxies.get(name)!
    const before = logLines(ports).length
    const { answer, fate } = await converse(proxy.ports.get('main')!, { patience: LIMIT / 4, ...row })
    const seen = (): string[] => logLines(ports).slice(before)
    if (row.without !== true) await poll(seen, (lines) => lines.length >= (row.answers ?? 1))
    return { answer: linesOf(answer, ports), fate, log: seen() }
  }

  function logLines(ports: OriginPorts): string[] {
    const file = logOf(nginx.folder, ports)
    const lines = existsSync(file) ? readFileSync(file, 'latin1').split('\n') : ['']
    return lines.slice(0, -1).filter((line) => !line.includes(' /probe '))
  }
})

function isLine(seen: string, wanted: string): boolean {
  return wanted.endsWith('…') ? seen.startsWith(wanted.slice(0, -1)) : seen === wanted
}

/** What is never the same twice is masked; long lines are told by their sum. */
function linesOf(answer: string, ports: OriginPorts): string[] {
  const text = joinChunks(answer)
    .replaceAll(/^(date|x-envoy-upstream-service-time): .*\r$/gm, '$1: *\r')
    .replaceAll(new RegExp(`^(location: .*):(?:${Object.values(ports).join('|')})/`, 'gm'), '$1:{port}/')
    .replaceAll(/^(content-type: multipart\/byteranges; boundary=|--)\d{20}/gm, '$1*')
  return text.split(/\r?\n/).map((line) => (line.length < 500 ? line : `${line.length} ${sumOf(line)}`))
}

function sumOf(line: string): string {
  return createHash('sha256').update(line, 'latin1').digest('hex')
}
