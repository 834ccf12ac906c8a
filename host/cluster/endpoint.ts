/** One address of a cluster with its connections and its own counts (`/clusters` of the admin interface). */
import type { EndpointConfig } from '../config/types.ts'
import type { EndpointPools } from './endpoint-pools.ts'
import type { OutlierMonitor } from './outlier-monitor.ts'
import type { PeakEwma } from './peak-ewma.ts'
import type { HostHealth } from './host-health.ts'

/** Counts of one endpoint in this worker; the admin interface adds the workers' up. */
export interface EndpointCounts {
  cxTotal: number
  cxActive: number
  cxConnectFail: number
  rqTotal: number
  rqActive: number
  rqPendingActive: number
  rqSuccess: number
  rqError: number
  rqTimeout: number
}

/** An IP address and port with what the configuration says of it. */
export interface EndpointAddress {
  /** IP literal. */
  readonly host: string
  readonly port: number
  /** As the configuration names it: the host name of a DNS entry, else the literal. */
  readonly hostname: string
  readonly metadata: EndpointConfig['metadata']
  readonly weight: number
  readonly priority: number
  readonly locality: EndpointConfig['locality']
  readonly health: EndpointConfig['health']
  readonly check: EndpointConfig['check']
}

/** What load balancers go by: the metadata `envoy.lb`. */
export function balancingMetadata(address: EndpointAddress): Readonly<Record<string, unknown>> {
  return metadataOf(address, 'envoy.lb')
}

/** The metadata for one reader. */
export function metadataOf({ metadata }: EndpointAddress, reader: string): Readonly<Record<string, unknown>> {
  const { filter_metadata: filters } = metadata.json as { readonly filter_metadata?: Readonly<Record<string, object>> }
  return (filters?.[reader] ?? {}) as Readonly<Record<string, unknown>>
}

/** One address of a configured endpoint. */
export function addressOf(endpoint: EndpointConfig, host: string): EndpointAddress {
  return { ...endpoint, host, hostname: endpoint.hostname === '' ? endpoint.host : endpoint.hostname }
}

/** An address of which nothing else is known. */
export function addressOfPlace({ host, port }: Pick<EndpointAddress, 'host' | 'port'>): EndpointAddress {
  const locality = { region: '', zone: '', subZone: '', weight: 0 }
  const metadata = { message: new Uint8Array(0), json: {} }
  const check = { isDisabled: false, host: '', port: 0, hostname: '' }
  return { host, port, hostname: host, metadata, weight: 1, priority: 0, locality, health: 'HEALTHY', check }
}

/** `ip:port`, IPv6 in brackets; a socket file is named by its path. */
export function addressLabel(host: string, port: number): string {
  if (host.includes('/')) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export class Endpoint {
  readonly address: EndpointAddress
  readonly label: string
  readonly health: HostHealth
  readonly pools: EndpointPools
  readonly counts: EndpointCounts
  /** Monotonic milliseconds when it has become healthy, or a check was first passed again; -1 = it never was. */
  healthySince = -1
  /** Counts its answers for outlier detection; null = nobody asks. */
  outlier: OutlierMonitor | null = null
  /** How long it takes to answer; null = nobody asks. */
  latency: PeakEwma | null = null

  constructor(address: EndpointAddress, health: HostHealth, counts: EndpointCounts, pools: EndpointPools) {
    this.address = address
    this.label = addressLabel(address.host, address.port)
    this.health = health
    this.counts = counts
    this.pools = pools
  }
}

export function emptyCounts(): EndpointCounts {
  return {
    cxTotal: 0,
    cxActive: 0,
    cxConnectFail: 0,
    rqTotal: 0,
    rqActive: 0,
    rqPendingActive: 0,
    rqSuccess: 0,
    rqError: 0,
    rqTimeout: 0,
  }
}
