/** A DNS server on loopback that answers as the test says (RFC 1035). */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

const HEADER_BYTES = 12
const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' }
const NXDOMAIN = 3

/** Addresses of a name by type, and seconds for which they count; or the code of a failure: 2 = SERVFAIL. */
export type DnsAnswer = { readonly A?: readonly string[]; readonly AAAA?: readonly string[]; readonly ttl?: number } | number

export class DnsServer {
  /** By name; another name does not exist. Of several answers each query gets the next one, after the last the first again. */
  readonly answers = new Map<string, DnsAnswer | DnsAnswer[]>()
  /** Every query, `A up.test`. */
  readonly queries: string[] = []
  readonly #socket: Socket

  private constructor() {
    this.#socket = createSocket('udp4', (message, from) => this.#onQuery(message, from))
  }

  static async start(): Promise<DnsServer> {
    const server = new DnsServer()
    server.#socket.bind(0, '127.0.0.1')
    await once(server.#socket, 'listening')
    return server
  }

  get port(): number {
    return this.#socket.address().port
  }

  async stop(): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }

  #onQuery(message: Buffer, { port, address }: RemoteInfo): void {
    const { name, end } = readName(message)
    const type = TYPES[message.readUInt16BE(end)]
    this.queries.push(`${type} ${name}`)
    const answer = this.#answerTo(name)
    const code = typeof answer === 'number' ? answer : 0
    const records = typeof answer === 'number' || type === undefined ? [] : (answer[type] ?? [])
    const ttl = typeof answer === 'number' ? 0 : (answer.ttl ?? 60)
    const header = Buffer.from(message.subarray(0, HEADER_BYTES))
    header.writeUInt16BE(0x8180 | code, 2)
    header.writeUInt16BE(records.length, 6)
    header.writeUInt32BE(0, 8)
    const question = message.subarray(HEADER_BYTES, end + 4)
    const parts = records.map((record) => recordOf(message.readUInt16BE(end), ttl, record))
    this.#socket.send(Buffer.concat([header, question, ...parts]), port, address)
  }

  #answerTo(name: string): DnsAnswer {
    const answer = this.answers.get(name) ?? NXDOMAIN
    if (!Array.isArray(answer)) return answer
    answer.push(answer.shift()!)
    return answer.at(-1)!
  }
}

/** The name in the question, and where it ends. */
function readName(message: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = HEADER_BYTES
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.latin1Slice(at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

/** A record whose name is that of the question. */
function recordOf(type: number, ttl: number, address: string): Buffer {
  const data = type === 1 ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address)
  const head = Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length])
  head.writeUInt32BE(ttl, 6)
  return Buffer.concat([head, data])
}

/** Only the short forms that tests need: `::1`. */
function ipv6Bytes(address: string): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16BE(Number.parseInt(address.slice(2), 16), 14)
  return bytes
}
