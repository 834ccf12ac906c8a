/** What each benchmark group compares. */
import type { GuestKind } from '../compile-guest.ts'
import { AUTH_GROUPS } from './auth-groups.ts'
import { bundleConfiguration } from './bootstrap.ts'
import type { Traffic } from './traffic.ts'

/** A guest of bench/guests and the configuration of each copy. */
export interface Guest {
  readonly name: string
  readonly kind: GuestKind
  readonly copies: number
  readonly configuration: string
}

export interface Variant {
  readonly name: string
  readonly proxy: 'nginx' | 'envoy' | 'sluice'
  readonly guest: Guest | null
  /** Entries of `http_filters`, of a variant without guest. */
  readonly filters?: readonly object[]
  /** Workers, on as many cores; none = one. */
  readonly workers?: number
}

export interface Group {
  readonly variants: readonly Variant[]
  /** Rows that the table gives ratios to. */
  readonly references: readonly string[]
  /** Row of the same proxy without filters: the table gives what each row adds to it. */
  readonly base?: string
  /** How clients and the upstream speak, where that is not the usual way. */
  readonly traffic?: Traffic
  /** Rows whose added time the table gives ratios to. */
  readonly addedReferences?: readonly string[]
  /** Row whose 99th percentile of latency the table gives ratios to. */
  readonly latencyReference?: string
}

const plain = (proxy: 'nginx' | 'envoy' | 'sluice'): Variant => ({ name: proxy, proxy, guest: null })

/** No filters. */
const BARE: Pick<Group, 'variants' | 'references'> = {
  variants: [plain('nginx'), plain('envoy'), plain('sluice')],
  references: ['nginx', 'envoy'],
}

function header(proxy: 'envoy' | 'sluice', copies: number): Variant {
  return { name: `${proxy} + ${copies}`, proxy, guest: { name: 'header', kind: 'sdk', copies, configuration: '' } }
}

function twin(kind: GuestKind, copies: number): Variant {
  return { name: `envoy + ${copies} ${kind}`, proxy: 'envoy', guest: { name: 'header', kind, copies, configuration: '' } }
}

/** The filter as often in one module. */
function bundle(proxy: 'envoy' | 'sluice', copies: number): Variant {
  const guest = { name: 'header-bundle', kind: 'sdk', copies: 1, configuration: bundleConfiguration(copies) } as const
  return { name: `${proxy} + bundle of ${copies}`, proxy, guest }
}

/** The guest looks at the length of its configuration. */
function writeback(kind: string, length: number, copies = 4): Variant {
  const guest = { name: 'writeback', kind: 'raw', copies, configuration: 'x'.repeat(length) } as const
  return { name: `envoy ${kind}`, proxy: 'envoy', guest }
}

export const GROUPS: Readonly<Record<string, Group>> = {
  ...AUTH_GROUPS,
  /** The bars of docs/PERFORMANCE.md: no filter, one header filter, eight of them. */
  proxy: {
    variants: [
      plain('nginx'),
      plain('envoy'),
      plain('sluice'),
      header('envoy', 1),
      header('sluice', 1),
      header('envoy', 8),
      header('sluice', 8),
    ],
    references: ['nginx', 'envoy', 'envoy + 1', 'envoy + 8'],
  },
  /** The same without filters: fewer processes, so that none waits long for its turn. */
  plain: BARE,
  /** Clients of HTTP/2: eight connections with eight requests each, and sixty-four with one. */
  'http2-8x8': { ...BARE, traffic: { http2: { connections: 8, streams: 8 } } },
  'http2-64x1': { ...BARE, traffic: { http2: { connections: 64, streams: 1 } } },
  /** HTTP/2 on both sides; nginx has none towards the upstream. */
  'http2-both': {
    variants: [plain('envoy'), plain('sluice')],
    references: ['envoy'],
    traffic: { http2: { connections: 8, streams: 8 }, isHttp2Upstream: true },
  },
  'http2-100k': { ...BARE, traffic: { http2: { connections: 8, streams: 8 }, body: 102_400 } },
  tls: { ...BARE, traffic: { isTls: true } },
  /** A full handshake for each request. */
  handshakes: { ...BARE, traffic: { isTls: true, isShort: true } },
  'bodies-10k': { ...BARE, traffic: { body: 10_240 } },
  'bodies-1m': { ...BARE, traffic: { body: 1_048_576 } },
  /** Seven tenths of what Envoy can do on such a core. */
  latency: {
    variants: [plain('envoy'), plain('sluice')],
    references: ['envoy'],
    latencyReference: 'envoy',
    traffic: { rate: 14_000 },
  },
  /** Two workers on two cores, which the load shares. */
  workers: {
    variants: [plain('sluice'), { ...plain('sluice'), name: 'sluice, two workers', workers: 2 }],
    references: ['sluice'],
  },
  /** One filter, for the same reason. */
  one: { variants: [plain('nginx'), header('envoy', 1), header('sluice', 1)], references: ['nginx', 'envoy + 1'] },
  /** Eight filters. */
  eight: { variants: [plain('nginx'), header('envoy', 8), header('sluice', 8)], references: ['nginx', 'envoy + 8'] },
  /** Eight filters on our SDK against the same filter on the SDKs for Rust and Go, inside Envoy. */
  twins: {
    variants: [plain('envoy'), twin('sdk', 8), twin('rust', 8), twin('go', 8)],
    references: [],
    base: 'envoy',
    addedReferences: ['envoy + 8 rust', 'envoy + 8 go'],
  },
  /** Eight filters as one module against eight modules, ours and the Rust SDK's, inside Envoy; and its hostcalls by hand. */
  bundle: {
    variants: [plain('envoy'), header('envoy', 8), bundle('envoy', 8), twin('rust', 8), writeback('one read, 16 adds', 16, 1)],
    references: [],
    base: 'envoy',
    addedReferences: ['envoy + 8', 'envoy + 8 rust'],
  },
  /** The same in the host. */
  'bundle-host': {
    variants: [plain('sluice'), header('sluice', 8), bundle('sluice', 8)],
    references: [],
    base: 'sluice',
    addedReferences: ['sluice + 8'],
  },
  /** Single writes against one write of the whole map, inside Envoy; four filters each. */
  writeback: {
    variants: [
      plain('envoy'),
      writeback('fetch', 0),
      writeback('8 adds', 8),
      writeback('8 merged', 108),
      writeback('16 adds', 16),
      writeback('16 merged', 116),
    ],
    references: ['envoy', 'envoy fetch'],
  },
}
