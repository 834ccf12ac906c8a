/** Heads and trailers as header blocks (hot): the fields of a message without those of an HTTP/1 hop (RFC 9113, 8.2.2). */
import type { HeaderMap } from '../http/header-map.ts'
import { FIELD_ROOM, type HpackEncoder } from './hpack-encoder.ts'

/** What a block is for: it decides which pseudo headers it may have. */
export type MessageKind = 'request' | 'response' | 'trailers'

const COLON = 0x3a
const REQUEST_PSEUDO: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path', ':protocol'])

/** Most bytes that the block of `map` can have. */
export function fieldsRoom(map: HeaderMap): number {
  const { fields } = map
  let room = FIELD_ROOM
  for (let i = 0; i < fields.length; i += 2) room += fields[i]!.length + fields[i + 1]!.length + FIELD_ROOM
  return room
}

/** Writes the block to `out[at]`, where there is room for it; returns where it ends. */
export function writeFields(encoder: HpackEncoder, map: HeaderMap, kind: MessageKind, out: Buffer, at: number): number {
  const { fields } = map
  let end = encoder.begin(out, at)
  if (kind !== 'trailers') {
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i]!
      if (name.charCodeAt(0) === COLON && isPseudo(name, kind)) end = encoder.field(out, end, name, fields[i + 1]!)
    }
  }
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (!isLeftOut(name, fields[i + 1]!)) end = encoder.field(out, end, name, fields[i + 1]!)
  }
  return end
}

function isPseudo(name: string, kind: MessageKind): boolean {
  return kind === 'response' ? name === ':status' : REQUEST_PSEUDO.has(name)
}

/** Most names begin with another letter: c, h, k, p, t, u. */
function isLeftOut(name: string, value: string): boolean {
  switch (name.charCodeAt(0)) {
    case COLON:
      return true
    case 0x63:
      return name === 'connection'
    case 0x68:
      return name === 'host' || name === 'http2-settings'
    case 0x6b:
      return name === 'keep-alive'
    case 0x70:
      return name === 'proxy-connection'
    case 0x74:
      return name === 'transfer-encoding' || (name === 'te' && value !== 'trailers')
    case 0x75:
      return name === 'upgrade'
    default:
      return false
  }
}
