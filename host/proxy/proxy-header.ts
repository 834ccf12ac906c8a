/**
 * The header of the PROXY protocol, in which a load balancer says who its client is (HAProxy's proxy-protocol.txt, 2.1
 * and 2.2); refusals are Envoy's (source/extensions/filters/listener/proxy_protocol/proxy_protocol.cc).
 */
import { isIPv4, isIPv6 } from 'node:net'

/** Addresses and the length of the header; null addresses = those of the connection itself. */
export interface ProxyHeader {
  readonly version: 1 | 2
  readonly length: number
  readonly addresses: ProxyAddresses | null
}

export interface ProxyAddresses {
  readonly sourceHost: string
  readonly sourcePort: number
  readonly destinationHost: string
  readonly destinationPort: number
}

/** `more`: it has not come whole; `none`: the bytes are no header; a number: the version of one that makes no sense. */
export type ProxyHeaderResult = ProxyHeader | 'more' | 'none' | 1 | 2

const SIGNATURE_1 = Buffer.from('PROXY ')
const SIGNATURE_2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** The longest line of version 1, its end included. */
const MAX_LINE = 107
const FIXED_LENGTH_2 = 16
const LOCAL = 0x20
const PROXY = 0x21
/** Family and transport: TCP or UDP over IPv4, over IPv6. */
const IPV4 = new Set([0x11, 0x12])
const IPV6 = new Set([0x21, 0x22])

export function readProxyHeader(bytes: Buffer): ProxyHeaderResult {
  if (begins(bytes, SIGNATURE_2)) return bytes.length < FIXED_LENGTH_2 ? shortOrNone(bytes, SIGNATURE_2) : readVersion2(bytes)
  if (begins(bytes, SIGNATURE_1)) return bytes.length < SIGNATURE_1.length ? 'more' : readVersion1(bytes)
  return 'none'
}

function shortOrNone(bytes: Buffer, signature: Buffer): 'more' | 'none' {
  return begins(bytes, signature) ? 'more' : 'none'
}

/** As far as both go. */
function begins(bytes: Buffer, signature: Buffer): boolean {
  const size = Math.min(bytes.length, signature.length)
  return bytes.compare(signature, 0, size, 0, size) === 0
}

function readVersion1(bytes: Buffer): ProxyHeaderResult {
  const end = bytes.subarray(0, MAX_LINE).indexOf('\r\n')
  if (end < 0) return bytes.length < MAX_LINE ? 'more' : 1
  const length = end + 2
  const [, family, source = '', destination = '', ...ports] = bytes.latin1Slice(0, end).split(' ')
  if (family === 'UNKNOWN') return { version: 1, length, addresses: null }
  const isFamily = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : null
  const [sourcePort, destinationPort] = ports.map(readPort)
  const isRight = isFamily !== null && isFamily(source) && isFamily(destination) && ports.length === 2
  if (!isRight || sourcePort == null || destinationPort == null) return 1
  return { version: 1, length, addresses: { sourceHost: source, sourcePort, destinationHost: destination, destinationPort } }
}

function readPort(text: string): number | null {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : null
}

function readVersion2(bytes: Buffer): ProxyHeaderResult {
  const command = bytes[12]!
  const family = bytes[13]!
  const size = bytes.readUInt16BE(14)
  const length = FIXED_LENGTH_2 + size
  if (command !== LOCAL && command !== PROXY) return 2
  const addressBytes = IPV4.has(family) ? 12 : IPV6.has(family) ? 36 : -1
  if (command === PROXY && (addressBytes < 0 || size < addressBytes)) return 2
  if (bytes.length < length) return 'more'
  if (command === LOCAL) return { version: 2, length, addresses: null }
  return { version: 2, length, addresses: readAddresses(bytes.subarray(FIXED_LENGTH_2), addressBytes === 12 ? 4 : 16) }
}

function readAddresses(bytes: Buffer, size: 4 | 16): ProxyAddresses {
  return {
    sourceHost: hostOf(bytes.subarray(0, size)),
    destinationHost: hostOf(bytes.subarray(size, 2 * size)),
    sourcePort: bytes.readUInt16BE(2 * size),
    destinationPort: bytes.readUInt16BE(2 * size + 2),
  }
}

function hostOf(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
