/** HTTP/2 on both sides: what the client's frames become upstream, and the other way round, in host and Envoy. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { END_HEADERS, END_STREAM, FrameClient, block, codeName, frame, number32, request } from '../../support/http2-frames.ts'
import { poll } from '../../support/poll.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'
import { FrameUpstream, type FramePeer, settings } from './frame-upstream.ts'
import { configuration } from './proxied.ts'
import { pause } from './upstream-rows.ts'

const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)
const LIMIT = 60_000
const ENDED = END_STREAM | END_HEADERS

type Field = readonly [string, string]
/** What is seen at both ends: frames of the stream, those of the upstream with fields that tell them apart; and the log. */
interface Outcome {
  readonly client: string
  readonly upstream: string
  readonly log: string
}
interface Row {
  readonly name: string
  readonly play: (client: FrameClient, peer: FramePeer, id: number) => Promise<void>
  /** The client's first frames; default a GET. */
  readonly opening?: readonly Buffer[]
  readonly wanted: Outcome
  readonly host?: Partial<Outcome> & { readonly reason: string }
}

const POST = frame('HEADERS', END_HEADERS, 1, request('/', ['x-a', '1']))

function head(id: number, fields: readonly Field[], flags = END_HEADERS): Buffer {
  return frame('HEADERS', flags, id, block(...fields))
}

function data(id: number, text: string, flags = 0): Buffer {
  return frame('DATA', flags, id, Buffer.from(text))
}

function reset(id: number, code: number): Buffer {
  return frame('RST_STREAM', 0, id, number32(code))
}

const OK: Field = [':status', '200']

/** The upstream's stream is reset by the proxy. */
async function untilReset(peer: FramePeer): Promise<void> {
  await peer.next(({ type }) => type === 'RST_STREAM')
}

/** The client resets its stream with this code, before or in the answer. */
function clientResets(code: number, inBody: boolean): Row['play'] {
  return async (client, peer, id) => {
    if (inBody) {
      peer.send(head(id, [OK]), data(id, 'a'))
      await client.until(({ type }) => type === 'DATA')
    }
    client.send(reset(1, code))
    await untilReset(peer)
  }
}

/** The upstream resets its stream with this code, before or in the answer. */
function upstreamResets(code: number, inBody: boolean): Row['play'] {
  return async (client, peer, id) => {
    if (inBody) {
      peer.send(head(id, [OK]), data(id, 'a'))
      await client.until(({ type }) => type === 'DATA')
    }
    peer.send(reset(id, code))
    await client.until(({ type, flags }) => type === 'RST_STREAM' || (flags & END_STREAM) !== 0)
  }
}

const ROWS: readonly Row[] = [
  {
    name: 'trailers of both messages',
    opening: [POST],
    play: async (client, peer, id) => {
      client.send(data(1, 'hi'), head(1, [['x-t', '1']], ENDED))
      await peer.next(({ type, fields }) => type === 'HEADERS' && 'x-t' in fields)
      peer.send(head(id, [OK]), data(id, 'ho'), head(id, [['x-u', '2']], ENDED))
    },
    wanted: { client: 'HEADERS DATA HEADERS+END', upstream: 'HEADERS DATA HEADERS+END', log: '200 - via_upstream' },
  },
  {
    name: 'an interim head',
    play: (_client, peer, id) => {
      peer.send(
        head(id, [
          [':status', '103'],
          ['link', '</a>'],
        ]),
        head(id, [OK], ENDED),
      )
      return Promise.resolve()
    },
    wanted: { client: 'HEADERS+END', upstream: 'HEADERS+END', log: '200 - via_upstream' },
  },
  {
    name: '100 for a client that waits',
    opening: [frame('HEADERS', END_HEADERS, 1, request('/', ['expect', '100-continue']))],
    play: async (client, peer, id) => {
      client.send(data(1, 'hi', END_STREAM))
      await peer.next(({ flags, type }) => type === 'DATA' && (flags & END_STREAM) !== 0)
      peer.send(head(id, [OK], ENDED))
    },
    wanted: { client: 'HEADERS HEADERS+END', upstream: 'HEADERS DATA+END', log: '200 - via_upstream' },
  },
  {
    name: 'an answer before the end of the request',
    opening: [POST],
    play: async (client, peer, id) => {
      client.send(data(1, 'hi'))
      await peer.next(({ type }) => type === 'DATA')
      peer.send(head(id, [OK], ENDED))
      await untilReset(peer)
    },
    wanted: {
      client: 'HEADERS+END RST_STREAM NO_ERROR',
      upstream: 'HEADERS DATA RST_STREAM INTERNAL_ERROR',
      log: '200 - via_upstream',
    },
  },
  {
    name: 'the client resets before the answer',
    play: clientResets(8, false),
    wanted: { client: '', upstream: 'HEADERS+END RST_STREAM INTERNAL_ERROR', log: '0 DR http2.remote_reset' },
  },
  {
    name: 'the client resets with REFUSED_STREAM before the answer',
    play: clientResets(7, false),
    wanted: { client: '', upstream: 'HEADERS+END RST_STREAM INTERNAL_ERROR', log: '0 DR http2.remote_refuse' },
  },
  {
    name: 'the client resets with NO_ERROR before the answer',
    play: clientResets(0, false),
    wanted: { client: '', upstream: 'HEADERS+END RST_STREAM INTERNAL_ERROR', log: '0 - -' },
    host: { log: '0 DR http2.remote_reset', reason: 'the client has left, whatever it calls that' },
  },
  {
    name: 'the client resets in the answer',
    play: clientResets(8, true),
    wanted: { client: 'HEADERS DATA', upstream: 'HEADERS+END RST_STREAM INTERNAL_ERROR', log: '200 DR http2.remote_reset' },
  },
  {
    name: 'the client resets in its request',
    opening: [POST, data(1, 'hi')],
    play: clientResets(8, false),
    wanted: { client: '', upstream: 'HEADERS DATA RST_STREAM INTERNAL_ERROR', log: '0 DR http2.remote_reset' },
  },
  {
    name: 'the client closes its connection in the answer',
    play: async (client, peer, id) => {
      peer.send(head(id, [OK]), data(id, 'a'))
      await client.until(({ type }) => type === 'DATA')
      client.close()
      await untilReset(peer)
    },
    wanted: {
      client: 'HEADERS DATA',
      upstream: 'HEADERS+END RST_STREAM INTERNAL_ERROR',
      log: '200 DC downstream_remote_disconnect',
    },
  },
  {
    name: 'the client says GOAWAY and still gets its answer',
    play: async (client, peer, id) => {
      client.send(frame('GOAWAY', 0, 0, Buffer.concat([number32(0), number32(0)])))
      await pause(50)
      peer.send(head(id, [OK], ENDED))
    },
    wanted: { client: 'HEADERS+END', upstream: 'HEADERS+END', log: '200 - via_upstream' },
  },
  {
    name: 'the upstream resets before its answer',
    play: upstreamResets(8, false),
    wanted: {
      client: 'HEADERS DATA+END',
      upstream: 'HEADERS+END',
      log: '503 UR upstream_reset_before_response_started{remote_reset}',
    },
  },
  {
    name: 'the upstream refuses the stream',
    play: upstreamResets(7, false),
    wanted: {
      client: 'HEADERS DATA+END',
      upstream: 'HEADERS+END',
      log: '503 UR upstream_reset_before_response_started{remote_refused_stream_reset}',
    },
  },
  ...(
    [
      ['CANCEL', 8],
      ['NO_ERROR', 0],
      ['INTERNAL_ERROR', 2],
    ] as const
  ).map(([name, code]): Row => ({
    name: `the upstream resets with ${name} in its answer`,
    play: upstreamResets(code, true),
    wanted: {
      client: 'HEADERS DATA RST_STREAM INTERNAL_ERROR',
      upstream: 'HEADERS+END',
      log: '200 UR upstream_reset_after_response_started{remote_reset}',
    },
  })),
  {
    name: 'the upstream resets with REFUSED_STREAM in its answer',
    play: upstreamResets(7, true),
    wanted: {
      client: 'HEADERS DATA RST_STREAM INTERNAL_ERROR',
      upstream: 'HEADERS+END',
      log: '200 UR upstream_reset_after_response_started{remote_refused_stream_reset}',
    },
  },
  {
    name: 'the upstream resets with PROTOCOL_ERROR in its answer',
    play: upstreamResets(1, true),
    wanted: {
      client: 'HEADERS DATA RST_STREAM INTERNAL_ERROR',
      upstream: 'HEADERS+END',
      log: '200 UPE upstream_reset_after_response_started{protocol_error}',
    },
  },
  {
    name: 'the connection of the upstream ends in its answer',
    play: async (client, peer, id) => {
      peer.send(head(id, [OK]), data(id, 'a'))
      await client.until(({ type }) => type === 'DATA')
      peer.socket.end()
      await client.until(({ type }) => type === 'RST_STREAM')
    },
    wanted: {
      client: 'HEADERS DATA RST_STREAM INTERNAL_ERROR',
      upstream: 'HEADERS+END',
      log: '200 UC upstream_reset_after_response_started{connection_termination}',
    },
  },
  {
    name: 'the answer does not come in time',
    play: async (_client, peer) => untilReset(peer),
    wanted: { client: 'HEADERS DATA+END', upstream: 'HEADERS+END RST_STREAM INTERNAL_ERROR', log: '504 UT response_timeout' },
  },
  {
    name: 'the end of the answer does not come in time',
    play: async (client, peer, id) => {
      peer.send(head(id, [OK]), data(id, 'a'))
      await untilReset(peer)
      await client.until(({ type }) => type === 'RST_STREAM')
    },
    wanted: {
      client: 'HEADERS DATA RST_STREAM INTERNAL_ERROR',
      upstream: 'HEADERS+END RST_STREAM INTERNAL_ERROR',
      log: '200 UT response_timeout',
    },
  },
  {
    name: 'cookies in crumbs',
    opening: [frame('HEADERS', ENDED, 1, request('/', ['cookie', 'a=1'], ['x-a', '1'], ['cookie', 'b=2']))],
    play: (_client, peer, id) => {
      const { cookie } = peer.frames.find(({ type }) => type === 'HEADERS')!.fields
      peer.send(head(id, [[':status', cookie === 'a=1; b=2' ? '200' : '500']], ENDED))
      return Promise.resolve()
    },
    wanted: { client: 'HEADERS+END', upstream: 'HEADERS+END', log: '200 - via_upstream' },
  },
]

describe.skipIf(program === null)(`HTTP/2 on both sides of host and Envoy${missing}`, () => {
  let folder = ''
  const judges: { proxy: Proxy; upstream: FrameUpstream; logFile: string }[] = []

  async function open(start: (config: object) => Promise<Proxy>, name: string): Promise<void> {
    const upstream = await FrameUpstream.start()
    const logFile = join(folder, `${name}.log`)
    judges.push({ proxy: await start(configuration(upstream.port, logFile, {})), upstream, logFile })
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-http2-'))
    await open(startHost, 'host')
    await open(startEnvoy, 'envoy')
  }, LIMIT)

  afterAll(async () => {
    for (const { proxy, upstream } of judges) {
      await proxy.stop()
      await upstream.close()
    }
    await rm(folder, { recursive: true, force: true })
  })

  async function play(row: Row, { proxy, upstream, logFile }: (typeof judges)[number]): Promise<Outcome> {
    const lines = (): string[] => (existsSync(logFile) ? readFileSync(logFile, 'latin1').split('\n').slice(0, -1) : [])
    const before = lines().length
    for (const { socket } of upstream.peers) socket.destroy()
    await pause(20)
    const number = upstream.peers.length
    const client = await FrameClient.open(proxy.ports.get('main')!)
    client.send(...(row.opening ?? [frame('HEADERS', ENDED, 1, request('/'))]))
    const peer = (await upstream.peer(number))!
    peer.send(settings({}))
    const begun = await peer.request()
    await row.play(client, peer, begun!.id)
    const log = await poll(lines, (all) => all.length > before, 5000)
    await pause(50)
    client.close()
    return { client: client.story(1), upstream: storyOf(peer), log: log.at(-1) ?? '' }
  }

  it.each(ROWS.map((row) => [row.name, row] as const))('%s', { timeout: LIMIT }, async (_, row) => {
    const [host, envoy] = await Promise.all(judges.map((judge) => play(row, judge)))
    const { reason: _reason, ...different } = row.host ?? { reason: '' }
    expect({ host, envoy }).toEqual({ host: { ...row.wanted, ...different }, envoy: row.wanted })
  })
})

function storyOf(peer: FramePeer): string {
  const own = peer.frames.filter(({ id, type }) => id === 1 && type !== 'WINDOW_UPDATE')
  return own
    .map(({ type, flags, payload }) => {
      if (type === 'RST_STREAM') return `RST_STREAM ${codeName(payload.readUInt32BE(0))}`
      return (flags & END_STREAM) === 0 ? type : `${type}+END`
    })
    .join(' ')
}
