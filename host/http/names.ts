/**
 * Header names as canonical strings (hot). Every lower-case name that passes the wire is looked up here, so
 * that the rest of the host compares names by identity and learns a name's properties by an array read.
 * The table is bounded: past the limit a name is still correct, only not shared and without a number.
 */
import { byteString } from '../util/bytes.ts'
import { LOWER } from './tables.ts'

/** What the host knows about a name; bits of {@link nameFlags}. */
export const NameFlag = {
  /** Envoy keeps one entry of this name in a request: a second value is joined with a comma. */
  JoinsInRequest: 1,
  /** Belongs to one connection and is never forwarded as it came (RFC 9110, 7.6.1). */
  HopByHop: 2,
  /** Frames or addresses the message: the codec looks at its value. */
  Framing: 4,
  /** A control header of Envoy that an external client may not set. */
  EnvoyControl: 8,
  /** As {@link NameFlag.JoinsInRequest}, in a response. */
  JoinsInResponse: 16,
  /** As {@link NameFlag.JoinsInRequest}, in the trailers of a response; in those of a request no name does. */
  JoinsInTrailers: 32,
} as const

/** Which names are joined in a header map: one of the bits above, or none. */
export type Joining = 0 | 1 | 16 | 32

/** Every bit of {@link NameFlag}. */
export const ANY_NAME_FLAG = 63

/** More names than any client needs; a flood of fresh names must not grow the heap. */
const MAX_NAMES = 4096
/** Longer names are not shared: the table must stay small in bytes, too. */
const MAX_NAME_BYTES = 128
const SLOTS = 16384
const MASK = SLOTS - 1
const COLON = 0x3a
/** Words of a pattern's entry. */
const PATTERN_STEP = 3
/** What an upper-case letter has not and its lower-case form has. */
const CASE_BIT = 0x20

const slots = new Int16Array(SLOTS).fill(-1)
const bytes: Uint8Array[] = []
const names: string[] = []
/**
 * Names with their colons, four bytes an entry of three words: the bytes, the bits that must be equal, the bits that tell
 * letter cases apart. Per name the index of its first entry; one array, so that the names of a head lie side by side.
 */
let patterns = new Int32Array(PATTERN_STEP * 1024)
const patternStarts = new Int32Array(MAX_NAMES + 1)
const lengths = new Int32Array(MAX_NAMES)
const flags = new Uint8Array(MAX_NAMES)

/** Number of the name in `buffer[start, end)`, letter case ignored, or -1 when the table is full. `end > start`. */
export function internName(buffer: Uint8Array, start: number, end: number): number {
  const length = end - start
  let slot = hash(buffer, start, length)
  for (;;) {
    const id = slots[slot]!
    if (id < 0) return insert(buffer, start, length, slot)
    if (matches(bytes[id]!, buffer, start, length)) return id
    slot = (slot + 1) & MASK
  }
}

/**
 * Offset behind the name with this number when it stands at `start` and a colon follows it, else -1; also -1 when fewer
 * bytes than the pattern has are left before `limit`. Letters are put in lower case where they stand. `view` covers the
 * same bytes as the offsets.
 */
export function endOfName(id: number, view: DataView, start: number, limit: number): number {
  const last = patternStarts[id + 1]!
  let at = start
  for (let i = patternStarts[id]!; i < last; i += PATTERN_STEP, at += 4) {
    if (at + 4 > limit) return -1
    const word = view.getInt32(at, true)
    const difference = word ^ patterns[i]!
    if ((difference & patterns[i + 1]!) !== 0) return -1
    const upper = difference & patterns[i + 2]!
    if (upper !== 0) view.setInt32(at, word ^ upper, true)
  }
  return start + lengths[id]!
}

/** The canonical lower-case string of a number that {@link internName} returned. */
export function nameOf(id: number): string {
  return names[id]!
}

/** {@link NameFlag} bits of a number that {@link internName} returned. */
export function nameFlags(id: number): number {
  return flags[id]!
}

/** The canonical lower-case form of a name: shared with every other user of it while the table has room. */
export function canonicalName(name: string): string {
  const buffer = Buffer.from(name, 'latin1')
  if (buffer.length === 0) return ''
  const id = internName(buffer, 0, buffer.length)
  return id < 0 ? byteString(buffer, 0, buffer.length).toLowerCase() : names[id]!
}

/** True when Envoy joins the values of this canonical name into one entry, in messages of this kind. */
export function isJoined(name: string, joining: Joining): boolean {
  const flag = joinedNames.get(name)
  return flag !== undefined && (flag & joining) !== 0
}

function hash(buffer: Uint8Array, start: number, length: number): number {
  const first = LOWER[buffer[start]!]!
  const middle = LOWER[buffer[start + (length >> 1)]!]!
  const last = LOWER[buffer[start + length - 1]!]!
  return (Math.imul(length, 2654435) ^ Math.imul(first, 40503) ^ Math.imul(middle, 9973) ^ Math.imul(last, 1009)) & MASK
}

function matches(known: Uint8Array, buffer: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) if (known[i] !== LOWER[buffer[start + i]!]) return false
  return true
}

function insert(buffer: Uint8Array, start: number, length: number, slot: number): number {
  if (names.length >= MAX_NAMES || length > MAX_NAME_BYTES) return -1
  const lower = new Uint8Array(length)
  for (let i = 0; i < length; i++) lower[i] = LOWER[buffer[start + i]!]!
  const id = names.length
  bytes.push(lower)
  lengths[id] = length
  addPattern(id, lower)
  names.push(internalized(byteString(Buffer.from(lower), 0, length)))
  slots[slot] = id
  return id
}

/** Bytes behind the colon may be anything. */
function addPattern(id: number, name: Uint8Array): void {
  const entries = (name.length >> 2) + 1
  const text = Buffer.alloc(entries * 4)
  const equal = Buffer.alloc(entries * 4)
  const cases = Buffer.alloc(entries * 4)
  text.set(name)
  text[name.length] = COLON
  equal.fill(0xff, 0, name.length + 1)
  for (let i = 0; i < name.length; i++) if (isLetter(name[i]!)) cases[i] = CASE_BIT
  for (let i = 0; i < name.length; i++) equal[i]! &= ~cases[i]!
  let at = patternStarts[id]!
  growPatterns(at + entries * PATTERN_STEP)
  for (let i = 0; i < entries; i++) {
    patterns[at++] = text.readInt32LE(i * 4)
    patterns[at++] = equal.readInt32LE(i * 4)
    patterns[at++] = cases.readInt32LE(i * 4)
  }
  patternStarts[id + 1] = at
}

function growPatterns(size: number): void {
  if (size <= patterns.length) return
  const grown = new Int32Array(2 * size)
  grown.set(patterns)
  patterns = grown
}

function isLetter(lower: number): boolean {
  return lower >= 0x61 && lower <= 0x7a
}

/** A property key is an internalized string in V8: two of them compare by address. */
function internalized(name: string): string {
  return Object.keys({ [name]: 0 })[0]!
}

function declare(list: readonly string[], flag: number): void {
  for (const name of list) {
    const buffer = Buffer.from(name, 'latin1')
    const id = internName(buffer, 0, buffer.length)
    flags[id] = flags[id]! | flag
  }
}

/** Envoy's O(1) headers (envoy/http/header_map.h, and those that its filters register) that a peer can repeat. */
const JOINED_NAMES = [
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'keep-alive',
  'proxy-connection',
  'proxy-status',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-envoy-attempt-count',
  'x-envoy-decorator-operation',
  'x-request-id',
] as const

const JOINED_REQUEST_NAMES = [
  ':authority',
  ':method',
  ':path',
  ':protocol',
  ':scheme',
  'accept',
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'access-control-request-private-network',
  'authentication',
  'authorization',
  'cdn-loop',
  'expect',
  'grpc-accept-encoding',
  'grpc-timeout',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'origin',
  'pragma',
  'referer',
  'te',
  'user-agent',
  'x-client-trace-id',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-external-address',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-is-timeout-retry',
  'x-envoy-max-retries',
  'x-envoy-original-host',
  'x-envoy-original-path',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
] as const

const JOINED_RESPONSE_NAMES = [
  ':status',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-allow-private-network',
  'access-control-expose-headers',
  'access-control-max-age',
  'age',
  'date',
  'etag',
  'expires',
  'grpc-message',
  'grpc-status',
  'last-modified',
  'location',
  'server',
  'vary',
  'x-envoy-degraded',
  'x-envoy-immediate-health-check-fail',
  'x-envoy-ratelimited',
  'x-envoy-upstream-canary',
  'x-envoy-upstream-healthchecked-cluster',
  'x-envoy-upstream-service-time',
] as const

const JOINED_TRAILER_NAMES = ['grpc-message', 'grpc-status'] as const

const HOP_BY_HOP_NAMES = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
] as const

const FRAMING_NAMES = [
  'connection',
  'content-length',
  'expect',
  'host',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
] as const

const ENVOY_CONTROL_NAMES = [
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-external-address',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-is-timeout-retry',
  'x-envoy-max-retries',
  'x-envoy-original-host',
  'x-envoy-original-path',
  'x-envoy-original-url',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
] as const

const joinedNames: ReadonlyMap<string, number> = joinedFlags()
for (const [name, flag] of joinedNames) declare([name], flag)
declare(HOP_BY_HOP_NAMES, NameFlag.HopByHop)
declare(FRAMING_NAMES, NameFlag.Framing)
declare(ENVOY_CONTROL_NAMES, NameFlag.EnvoyControl)

function joinedFlags(): Map<string, number> {
  const result = new Map<string, number>()
  const note = (list: readonly string[], flag: number): void => {
    for (const name of list) result.set(name, (result.get(name) ?? 0) | flag)
  }
  note(JOINED_NAMES, NameFlag.JoinsInRequest | NameFlag.JoinsInResponse)
  note(JOINED_REQUEST_NAMES, NameFlag.JoinsInRequest)
  note(JOINED_RESPONSE_NAMES, NameFlag.JoinsInResponse)
  note(JOINED_TRAILER_NAMES, NameFlag.JoinsInTrailers)
  return result
}
