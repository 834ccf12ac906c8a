/** An HTTP/2 upstream that says anything, behind the host and behind a real Envoy with the same configuration. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { poll } from '../../support/poll.ts'
import { RawClient } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'
import { ACK } from '../../support/http2-frames.ts'
import { configuration } from './proxied.ts'
import { FrameUpstream, type Frame, type FramePeer } from './frame-upstream.ts'
import {
  GET,
  KEEPALIVE,
  KEEPALIVE_ROWS,
  LENIENT_ROWS,
  RETRYING,
  RETRY_ROWS,
  UPSTREAM_ROWS,
  type Outcome,
  type UpstreamRow,
  pause,
} from './upstream-rows.ts'

const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)
const LIMIT = 60_000
/** Fields of the proxy, and those that frame the message. */
const OWN_FIELDS = /^(date|server|x-envoy-upstream-service-time|content-length|content-type|transfer-encoding|connection): /

/** One proxy with its upstream and its log. */
class Judge {
  readonly upstream: FrameUpstream
  readonly #proxy: Proxy
  readonly #logFile: string

  private constructor(upstream: FrameUpstream, proxy: Proxy, logFile: string) {
    this.upstream = upstream
    this.#proxy = proxy
    this.#logFile = logFile
  }

  static async start(start: (config: object) => Promise<Proxy>, logFile: string, http2: object, route: object): Promise<Judge> {
    const upstream = await FrameUpstream.start()
    return new Judge(upstream, await start(configuration(upstream.port, logFile, http2, route)), logFile)
  }

  async stop(): Promise<void> {
    await this.#proxy.stop()
    await this.upstream.close()
  }

  async play(row: UpstreamRow): Promise<Outcome> {
    const lines = this.#log().length
    const number = await this.#freshStart()
    const client = new RawClient(this.#proxy.ports.get('main')!).send(row.request ?? GET)
    const peer = await this.upstream.peer(number)
    await row.script(peer!, { upstream: this.upstream, number, client })
    const log = await poll(
      () => this.#log(),
      (all) => all.length > lines,
      5000,
    )
    // What else the proxy has to say.
    await pause(50)
    const outcome = { answer: answerOf(client.text), log: this.#log().at(-1) ?? String(log), sent: sentTo(peer!) }
    client.close()
    return outcome
  }

  /** No connection of a row before is used. Returns the number of the next one. */
  async #freshStart(): Promise<number> {
    const { peers } = this.upstream
    for (const { socket } of peers) socket.destroy()
    await pause(20)
    return peers.length
  }

  #log(): string[] {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'latin1').split('\n').slice(0, -1) : []
  }
}

function answerOf(text: string): string {
  const final = text.replace(/^(HTTP\/1\.1 1(?!01)\d\d [^]*?\r\n\r\n)+/, '')
  const [first = '', ...rest] = final.split('\r\n\r\n')
  const [line = '', ...all] = first.split('\r\n')
  if (line === '') return ''
  const fields = all.filter((field) => !OWN_FIELDS.test(field)).map((field) => field.replace(/: +/, ': '))
  if (fields.join('').length > 10_000) return `${line.split(' ')[1]} (long)`
  // Of a second answer on the connection only the log tells.
  const body = rest.join('\r\n\r\n').replace(/HTTP\/1\.1 [^]*/, '')
  return `${line.split(' ')[1]} ${fields.length === 0 ? '' : `${fields.join(', ')} `}${body}`
}

function sentTo(peer: FramePeer): string {
  const frames = peer.frames
    .filter(({ type, flags }) => type === 'RST_STREAM' || (type === 'PING' && flags === ACK))
    .map(describeFrame)
  return [...frames, ...(peer.isClosed ? ['closed'] : [])].join(', ')
}

function describeFrame({ type, id, payload }: Frame): string {
  return type === 'RST_STREAM' ? `${type} ${id} ${payload.readUInt32BE(0)}` : `${type} ack`
}

const PAGE = join(import.meta.dirname, '../../../docs/HOST-DIFFERENCES.md')
const HEAD = '| an HTTP/2 upstream sends | Envoy 1.40 | sluice | why |'

/** The lines of the page for the rows that differ. */
function differences(): string[] {
  const outcome = ({ log, sent }: Outcome): string => `${log.split(' ').slice(0, 2).join(' ')}${sent === '' ? '' : `; ${sent}`}`
  return UPSTREAM_ROWS.flatMap(({ name, wanted, host }) => {
    if (host === undefined) return []
    return [`| ${name} | ${outcome(wanted)} | ${outcome({ ...wanted, ...host })} | ${host.reason} |`]
  })
}

it('docs/HOST-DIFFERENCES.md lists what differs of HTTP/2 upstreams, and nothing else', () => {
  const lines = readFileSync(PAGE, 'utf8').split('\n')
  const rest = lines.slice(lines.indexOf(HEAD) + 2)
  expect(rest.slice(0, rest.indexOf(''))).toEqual(differences())
})

/** Name, options of the cluster, fields of the route, rows. */
const SUITES = [
  ['', {}, {}, UPSTREAM_ROWS],
  [' that is asked by PING', KEEPALIVE, {}, KEEPALIVE_ROWS],
  [' whose malformed answers end their stream only', { override_stream_error_on_invalid_http_message: true }, {}, LENIENT_ROWS],
  [' whose refusals are tried again', {}, RETRYING, RETRY_ROWS],
] as const

describe.skipIf(program === null).each(SUITES)(
  `an HTTP/2 upstream%s, behind host and Envoy${missing}`,
  (_, http2, route, rows) => {
    let folder = ''
    const judges: Judge[] = []

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'sluice-http2-'))
      judges.push(await Judge.start(startHost, join(folder, 'host.log'), http2, route))
      judges.push(await Judge.start(startEnvoy, join(folder, 'envoy.log'), http2, route))
    }, LIMIT)

    afterAll(async () => {
      for (const judge of judges) await judge.stop()
      await rm(folder, { recursive: true, force: true })
    })

    it.each(rows.map((row) => [row.name, row] as const))('%s', { timeout: LIMIT }, async (_name, row) => {
      const [host, envoy] = await Promise.all(judges.map((judge) => judge.play(row)))
      const { reason: _reason, ...different } = row.host ?? { reason: '' }
      expect({ host, envoy }).toEqual({ host: { ...row.wanted, ...different }, envoy: row.wanted })
    })
  },
)
