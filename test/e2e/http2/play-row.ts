/** Plays one row against a proxy and puts down what came. Blocks are decoded by the connection's own table. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BlockFields } from '../../../host/http2/block-fields.ts'
import { HpackDecoder } from '../../../host/http2/hpack-decoder.ts'
import { ACK, END_STREAM, FrameClient, codeName, frame, type SeenFrame } from '../../support/http2-frames.ts'
import type { Http2Row } from './row.ts'

const STREAM_LIMIT = 4000
const NO_LIMITS = { maxHeadBytes: Infinity, maxHeaders: Infinity }
/** Bodies longer than this are told by their length. */
const SHOWN = 100

export interface Played {
  readonly answer: readonly string[]
  readonly fate: 'open' | 'closed'
  readonly localPort: number
}

/** `localPort` is no other row's: lines of the log are told by it. */
export async function playRow(port: number, localPort: number, row: Http2Row): Promise<Played> {
  const client = await FrameClient.open(port, { localPort })
  client.send(frame('SETTINGS', ACK, 0))
  for (const step of row.client) {
    if (client.hasEnded) break
    if (typeof step === 'number') await sleep(step)
    else if (step === 'FIN') client.socket.end()
    else client.send(step)
  }
  const ended = new Set<number>()
  if (row.streams > 0)
    await client.until((seen) => {
      if (seen.id > 0 && isEnd(seen)) ended.add(seen.id)
      return ended.size >= row.streams
    }, STREAM_LIMIT)
  await client.untilEnd(row.patience)
  const fate = client.hasEnded ? 'closed' : 'open'
  client.close()
  return { answer: tell(client.frames), fate, localPort }
}

function isEnd({ type, flags }: SeenFrame): boolean {
  return type === 'RST_STREAM' || ((type === 'DATA' || type === 'HEADERS') && (flags & END_STREAM) !== 0)
}

/** Streams in the order of their numbers, each in one text; then the connection. */
function tell(frames: readonly SeenFrame[]): string[] {
  const decoder = new HpackDecoder()
  const streams = new Map<number, string[]>()
  const connection: string[] = []
  for (const seen of frames) {
    if (seen.type === 'GOAWAY')
      connection.push(`GOAWAY ${seen.payload.readUInt32BE(0)} ${codeName(seen.payload.readUInt32BE(4))}`)
    if (seen.type === 'PING') connection.push((seen.flags & ACK) === 0 ? 'PING' : 'PING+ACK')
    if (seen.id === 0 || seen.type === 'WINDOW_UPDATE') continue
    const parts = streams.get(seen.id) ?? []
    streams.set(seen.id, parts)
    if (seen.type === 'HEADERS') parts.push(headOf(decoder, seen.payload))
    else if (seen.type === 'DATA') addBody(parts, seen.payload.latin1Slice())
    else parts.push(`${seen.type} ${codeName(seen.payload.readUInt32BE(0))}`)
    if (seen.type !== 'RST_STREAM' && isEnd(seen)) parts.push('END')
  }
  const told = [...streams].toSorted(([a], [b]) => a - b).map(([id, parts]) => `${id}: ${parts.map(short).join(' | ')}`)
  return [...told, ...connection]
}

/** One piece, however it was cut; an empty one says nothing. */
function addBody(parts: string[], text: string): void {
  if (text === '') return
  if (parts.at(-1)?.startsWith('"') === true) parts.push(`${parts.pop()!}${text}`)
  else parts.push(`"${text}`)
}

function short(part: string): string {
  return part.length > SHOWN && part.startsWith('"') ? `"${part.length - 1} bytes` : part
}

function headOf(decoder: HpackDecoder, block: Buffer): string {
  const list = new BlockFields()
  if (!decoder.decode(block, 0, block.length, list, NO_LIMITS)) return 'undecodable'
  const lines = list.names.slice(0, list.count).map((name, i) => `${name}: ${mask(name, list.values[i]!)}`)
  return lines.join(', ')
}

function mask(name: string, value: string): string {
  return name === 'date' || name === 'x-envoy-upstream-service-time' ? '*' : value
}
