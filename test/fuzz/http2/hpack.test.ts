import { once } from 'node:events'
import { connect as connectHttp2, createServer as createHttp2Server, type ClientHttp2Session } from 'node:http2'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { BlockFields } from '../../../host/http2/block-fields.ts'
import { HpackDecoder } from '../../../host/http2/hpack-decoder.ts'
import { FIELD_ROOM, HpackEncoder } from '../../../host/http2/hpack-encoder.ts'
import { shareOf } from '../../support/counts.ts'
import { Dice } from '../http1/messages.ts'

const SEED = 20_261_128
const NO_LIMITS = { maxHeadBytes: Infinity, maxHeaders: Infinity }
const NAMES = ['x-a', 'x-b', 'date', 'etag', 'x-longer-name', 'set-cookie', 'content-type', 'accept-encoding', ':status', ':path']
const FEW = 'abc'
const ALL = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))
const SIZES = [0, 33, 100, 1000, 4096]

type Field = readonly [string, string]

/** Values repeat often, so that every kind of representation is used. */
function randomBlock(dice: Dice): Field[] {
  return Array.from({ length: 1 + dice.roll(6) }, () => {
    const alphabet = dice.roll(3) === 0 ? ALL : FEW
    return [dice.pick(NAMES), dice.text(alphabet, dice.roll(50) === 0 ? 2000 : 4)] as const
  })
}

function encoded(encoder: HpackEncoder, fields: readonly Field[]): Buffer {
  const room = fields.reduce((sum, [name, value]) => sum + name.length + value.length + FIELD_ROOM, FIELD_ROOM)
  const out = Buffer.alloc(room)
  let at = encoder.begin(out, 0)
  for (const [name, value] of fields) at = encoder.field(out, at, name, value)
  return out.subarray(0, at)
}

function textOf(list: BlockFields): string {
  return Array.from({ length: list.count }, (_, i) => `${list.names[i]}: ${list.values[i]}`).join('\n')
}

describe('HPACK', () => {
  it('brings random fields through both halves, whatever becomes of the table', () => {
    const dice = new Dice(SEED)
    const encoder = new HpackEncoder()
    const decoder = new HpackDecoder()
    const list = new BlockFields()
    for (let i = shareOf(100_000); i > 0; i--) {
      if (dice.roll(200) === 0) for (let n = 1 + dice.roll(3); n > 0; n--) encoder.limitTable(dice.pick(SIZES))
      const fields = randomBlock(dice)
      const bytes = encoded(encoder, fields)
      if (!decoder.decode(bytes, 0, bytes.length, list, NO_LIMITS)) throw new Error(`block ${i} is a compression error`)
      const wanted = fields.map(([name, value]) => `${name}: ${value}`).join('\n')
      if (textOf(list) !== wanted) expect(textOf(list)).toBe(wanted)
    }
  })

  it('takes any bytes for fields or for an error, and never looks behind the block', () => {
    const dice = new Dice(SEED)
    let errors = 0
    const count = shareOf(200_000)
    for (let i = 0; i < count; i++) {
      const block = encoded(new HpackEncoder(), randomBlock(dice))
      for (let n = dice.roll(4); n > 0; n--) block[dice.roll(block.length)] = dice.roll(256)
      const end = dice.roll(4) === 0 ? dice.roll(block.length + 1) : block.length
      const copy = Buffer.from(block.subarray(0, end))
      const [one, other] = [new BlockFields(), new BlockFields()]
      const isRead = new HpackDecoder().decode(block, 0, end, one, NO_LIMITS)
      expect(new HpackDecoder().decode(copy, 0, end, other, NO_LIMITS)).toBe(isRead)
      if (textOf(one) !== textOf(other)) expect(textOf(one)).toBe(textOf(other))
      if (!isRead) errors++
    }
    expect(errors).toBeGreaterThan(count / 20)
    expect(errors).toBeLessThan(count - count / 20)
  })
})

/** Frame header: length (3 bytes), type, flags, stream (4 bytes). */
const FRAME_HEADER = 9
const HEADERS = 1
const SETTINGS = 4
const CONTINUATION = 9
const PRIORITY_FLAG = 0x20

/** Header blocks among the frames of a connection, behind `skipped` bytes of preface. */
function* blocksOf(bytes: Buffer, skipped: number): Generator<Buffer> {
  let block: Buffer[] = []
  for (let at = skipped; at < bytes.length;) {
    const length = bytes.readUIntBE(at, 3)
    const type = bytes[at + 3]!
    const flags = bytes[at + 4]!
    const payload = bytes.subarray(at + FRAME_HEADER, at + FRAME_HEADER + length)
    if (type === HEADERS) block.push((flags & PRIORITY_FLAG) === 0 ? payload : payload.subarray(5))
    if (type === CONTINUATION) block.push(payload)
    if ((type === HEADERS || type === CONTINUATION) && (flags & 4) !== 0) yield Buffer.concat(block.splice(0))
    at += FRAME_HEADER + length
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER)
  header.writeUIntBE(payload.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
/** Node checks some names by itself. */
const PEER_NAMES = ['x-a', 'x-b', 'x-longer-name', 'accept-language', 'authorization']
const PEER_VALUE = 'abcdefXYZ0189-_.~!;,= /%{}\u00e4'

function randomHeaders(dice: Dice, i: number): Record<string, string> {
  const headers: Record<string, string> = { ':method': 'GET', ':path': `/${i % 7}`, ':scheme': 'http', ':authority': 'a.test' }
  for (let n = dice.roll(5); n > 0; n--) {
    const alphabet = dice.roll(2) === 0 ? FEW : PEER_VALUE
    headers[dice.pick(PEER_NAMES)] = dice.text(alphabet, dice.roll(20) === 0 ? 500 : 8).trim()
  }
  return headers
}

/** All bytes that Node's client sends for these requests. */
async function bytesOfNode(requests: readonly Record<string, string>[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  let session: ClientHttp2Session | null = null
  const server = createServer((socket: Socket) => {
    socket.on('data', (bytes: Buffer) => void chunks.push(bytes))
    socket.on('error', () => {})
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await once(session, 'remoteSettings')
  for (const headers of requests) session.request(headers).on('error', () => {})
  let blocks = 0
  while (blocks < requests.length) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    blocks = Array.from(blocksOf(wholeFrames(Buffer.concat(chunks), PREFACE.length), PREFACE.length)).length
  }
  session.destroy()
  server.close()
  return wholeFrames(Buffer.concat(chunks), PREFACE.length)
}

function wholeFrames(bytes: Buffer, skipped: number): Buffer {
  let at = skipped
  while (at + FRAME_HEADER <= bytes.length && at + FRAME_HEADER + bytes.readUIntBE(at, 3) <= bytes.length)
    at += FRAME_HEADER + bytes.readUIntBE(at, 3)
  return bytes.subarray(0, Math.max(at, skipped))
}

function asLines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted()
    .join('\n')
}

describe("Node's own HTTP/2", () => {
  const dice = new Dice(SEED)
  const requests = Array.from({ length: shareOf(4000) }, (_, i) => randomHeaders(dice, i))

  it('sends header blocks that the decoder reads', async () => {
    const decoder = new HpackDecoder()
    const list = new BlockFields()
    const seen: string[] = []
    for (const block of blocksOf(await bytesOfNode(requests), PREFACE.length)) {
      expect(decoder.decode(block, 0, block.length, list, NO_LIMITS)).toBe(true)
      seen.push(textOf(list).split('\n').toSorted().join('\n'))
    }
    expect(seen).toEqual(requests.map(asLines))
  })

  it('reads header blocks that the encoder writes', async () => {
    const seen: string[] = []
    const server = createHttp2Server({ settings: { maxConcurrentStreams: 1_000_000 }, maxSessionMemory: 100 })
    server.on('stream', (stream, _headers, _flags, ...rest: unknown[]) => {
      const raw = rest[0] as string[]
      const pairs = Array.from({ length: raw.length / 2 }, (_, i) => `${raw[2 * i]}: ${raw[2 * i + 1]}`)
      seen.push(pairs.toSorted().join('\n'))
      stream.on('error', () => {})
      stream.close()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('data', () => {})
    socket.write(PREFACE)
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)))
    const encoder = new HpackEncoder()
    for (const [i, headers] of requests.entries()) {
      if (i % 100 === 50) encoder.limitTable(dice.pick(SIZES))
      socket.write(frame(HEADERS, 5, 2 * i + 1, encoded(encoder, Object.entries(headers))))
    }
    await expect.poll(() => seen.length).toBe(requests.length)
    expect(seen).toEqual(requests.map(asLines))
    socket.destroy()
    server.close()
  })
})
