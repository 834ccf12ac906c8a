/**
 * Random conversations with our server connection and with Node's, which is nghttp2: what ours takes for a request, that
 * one does, too, with the same fields and body. Ours may refuse more.
 */
import { Duplex } from 'node:stream'
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { RecordingServer } from '../../host/http1/recording.ts'
import { http2InMemory, http2ServerOptions } from '../../host/http2/recording.ts'
import { buildHttp2 } from '../../../host/config/build/http2-options.ts'
import { shareOf } from '../../support/counts.ts'
import { Dice } from '../http1/messages.ts'
import { RandomClient } from './random-client.ts'

const SEED = 77_000
const CONVERSATIONS = shareOf(40_000)
const FRAMES = 16
/** Turns of the event loop that Node gets to handle a frame, and to deliver what it has. */
const TURNS = 2
const LAST_TURNS = 6
const GOAWAY = 7

/** Node's own limits of frames that it refuses are not ours. */
const PATIENT: object = { maxSessionInvalidFrames: 1e9, maxSessionRejectedStreams: 1e9, settings: { maxConcurrentStreams: 1024 } }

/** A request in one text: method, path, fields without those that one side joins or drops, body, whether it is complete. */
type Requests = Map<string, string>

function ours(frames: readonly Buffer[]): Requests {
  const owner = new RecordingServer()
  const options = http2ServerOptions({ http2: { ...buildHttp2(undefined), resetsMalformedStreams: true } })
  const memory = http2InMemory(owner, options)
  for (const bytes of frames) if (!memory.connection.isGone) memory.exchange(bytes)
  const requests: Requests = new Map()
  // The same holds of a frame.
  if (!memory.connection.reader.isAtFrame) owner.requests.length = 0
  for (const request of owner.requests) {
    const id = (request.stream as unknown as { readonly id: number }).id
    const fields = request.headers.map((line): [string, string] => {
      const at = line.indexOf(': ', 1)
      return [line.slice(0, at), line.slice(at + 2)]
    })
    // Node judges a block before it is complete.
    if (request.resetReason === '' && memory.connection.block.id !== id) requests.set(String(id), tell(fields, request.body))
  }
  memory.connection.close()
  return requests
}

/** Node's view, and how many frames it took before it ended the connection: it does so where a stream's end would do. */
async function nodes(frames: readonly Buffer[]): Promise<{ requests: Requests; taken: number }> {
  const streams = new Map<string, { readonly fields: [string, string][]; body: string }>()
  let isOver = false
  const write = (bytes: Buffer, _encoding: unknown, done: () => void): void => {
    if (bytes[3] === GOAWAY) isOver = true
    done()
  }
  const socket = new Duplex({ read: () => {}, write })
  const session = performServerHandshake(socket, PATIENT)
  session.on('error', () => (isOver = true))
  session.on('stream', ((stream: ServerHttp2Stream, _headers: object, _flags: number, raw: readonly string[]) => {
    const fields: [string, string][] = []
    for (let i = 0; i < raw.length; i += 2) fields.push([raw[i]!, raw[i + 1]!])
    const seen = { fields, body: '' }
    streams.set(String(stream.id), seen)
    stream.on('error', () => {})
    stream.on('data', (bytes: Buffer) => void (seen.body += bytes.latin1Slice()))
    // A stream that it has reset for a fault.
    stream.on('close', () => !isOver && stream.rstCode !== 0 && streams.delete(String(stream.id)))
  }) as never)
  let taken = 0
  for (; taken < frames.length && !isOver; taken++) {
    socket.push(frames[taken])
    for (let i = 0; i < TURNS; i++) await nextTurn()
  }
  if (isOver) taken--
  for (let i = 0; i < LAST_TURNS; i++) await nextTurn()
  const requests = new Map(Array.from(streams, ([id, { fields, body }]) => [id, tell(fields, body)]))
  session.destroy()
  socket.destroy()
  return { requests, taken }
}

/** Names that one of the two treats in a way of its own: joined, moved, taken away. */
const LEFT_OUT = /^(?:cookie|host|:authority|te|expect|accept)$/

function tell(fields: readonly (readonly [string, string])[], body: string): string {
  const lines = fields.filter(([name]) => !LEFT_OUT.test(name)).map(([name, value]) => `${name}: ${value}`)
  return `${lines.toSorted().join('\n')}\n\n${body}`
}

it(`${CONVERSATIONS} conversations: what we take for a request, nghttp2 does`, { timeout: 900_000 }, async () => {
  let compared = 0
  for (let round = 0; round < CONVERSATIONS; round++) {
    const dice = new Dice(SEED + round)
    const client = new RandomClient(dice)
    const frames = [client.opening(), ...Array.from({ length: FRAMES }, () => client.next().bytes)]
    const { requests: theirs, taken } = await nodes(frames)
    for (const [id, request] of ours(frames.slice(0, taken))) {
      const other = theirs.get(id)
      compared++
      // The frame that ended Node's connection may have begun with what a cut frame before it has announced.
      if (other?.startsWith(request) !== true)
        throw new Error(`stream ${id} of seed ${SEED + round}\nours:\n${request}\nnghttp2:\n${other}`)
    }
  }
  expect(compared).toBeGreaterThan(CONVERSATIONS)
})
