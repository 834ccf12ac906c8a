/**
 * What hostcalls need from the floors above, per worker. The proxy and the harness each supply one; a guest's call
 * stays synchronous, so nothing here returns a promise.
 */
import type { MetadataConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { Clock } from '../util/clock.ts'
import type { LoggerFactory } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { Timers } from '../util/timers.ts'

export interface Services {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly loggers: LoggerFactory
  readonly metrics: GuestMetrics
  readonly sharedData: SharedData
  readonly sharedQueues: SharedQueues
  readonly callouts: HttpCallouts
  readonly names: NameResolver
  /** `xds.node` in binary form and as JSON. */
  readonly node: { readonly message: Uint8Array; readonly json: unknown }
  /** More foreign functions by name, before Envoy's own: a result or a status; absent = none. */
  readonly foreignFunctions?: ReadonlyMap<string, (argument: Buffer) => Uint8Array | number>
  /** Before those of stream, node and plugin; absent = none. */
  readonly properties?: GivenProperties
}

/** Properties that are given instead of derived. */
export interface GivenProperties {
  /** The byte string at a path, for a stream or for what has none; undefined = it is derived. */
  get(path: readonly string[], stream: StreamInfo | null): string | undefined
}

/** Looks names up (`envoy_resolve_dns`). */
export interface NameResolver {
  /** IP literals; none for a name that does not exist, null when the look-up failed. `onEnd` never comes from inside. */
  resolve(name: string, onEnd: (addresses: readonly string[] | null) => void): void
}

/** Metrics defined by guests, names without the `wasmcustom.` prefix; process-wide. */
export interface GuestMetrics {
  counter(name: string): GuestCounter
  gauge(name: string): GuestGauge
  histogram(name: string): GuestHistogram
}

/** Values are exact up to 2^53; a u64 of a guest beyond that is rounded. */
export interface GuestCounter {
  add(delta: number): void
  value(): number
}

/** `value()` has its sign; Envoy's gauges are u64, so a hostcall wraps it (`BigInt.asUintN(64, BigInt(value))`). */
export interface GuestGauge {
  add(delta: number): void
  set(value: number): void
  value(): number
}

export interface GuestHistogram {
  record(value: number): void
}

/** `proxy_get_shared_data`, `proxy_set_shared_data`: process-wide, one name space per vm_id. */
export interface SharedData {
  /** Null when the key is missing. The bytes are the caller's. */
  get(vmId: string, key: string): { readonly value: Uint8Array; readonly cas: number } | null
  /** 0; 8: the key exists, `cas` is not 0 and not its number; 10: memory is full. Copies `value`. */
  set(vmId: string, key: string, value: Uint8Array, cas: number): number
}

/** A root context that registers queues. */
export interface QueueOwner {
  /** An item waits. */
  onQueueReady(id: number): void
}

/** Shared queues: process-wide; the last one to register a queue is told of new items. */
export interface SharedQueues {
  /** Id of the queue (from 1), made when new, or 0 without room; the owner is told once per item, never from inside `enqueue`. */
  register(vmId: string, name: string, owner: QueueOwner): number
  /** The owner is told of nothing any more. */
  forget(owner: QueueOwner): void
  /** Id, or null when nobody registered it. */
  resolve(vmId: string, name: string): number | null
  /** 0; 1: unknown id; 10: memory is full. Copies `value`. */
  enqueue(id: number, value: Uint8Array): number
  /** Null for an unknown id, 'empty' when nothing waits. */
  dequeue(id: number): Uint8Array | 'empty' | null
}

/** A request that a guest sends on its own (`proxy_http_call`). */
export interface HttpCalloutRequest {
  readonly cluster: string
  /** With `:method`, `:path` and `:authority`; checked by the hostcall. */
  readonly headers: HeaderMap
  /** Null = no body. */
  readonly body: Buffer | null
  /** Milliseconds; 0 = none. */
  readonly timeoutMillis: number
}

/** The end of a callout. A refused connection or a timeout is a response (503, 504), as Envoy makes it. */
export interface HttpCalloutResponse {
  readonly headers: HeaderMap
  readonly body: Buffer
  readonly trailers: HeaderMap | null
}

/** A running callout. */
export interface HttpCallout {
  /** No callback follows. */
  cancel(): void
}

/** A request that is written and answered bit by bit (gRPC). */
export interface CalloutStreamRequest {
  readonly cluster: string
  /** Milliseconds for the whole answer from the end of the request; 0 = none. */
  readonly timeoutMillis: number
  /** The request says that it comes from inside (`x-envoy-internal`). */
  readonly isMarkedInternal: boolean
}

/** Takes the answer. After the end of a message or a reset nothing more comes. */
export interface CalloutReceiver {
  /** The proxy's own answers too: 503, 504, or trailers only for a gRPC request. */
  onHead(headers: HeaderMap, endStream: boolean): void
  /** The buffer belongs to the receiver. */
  onData(bytes: Buffer, endStream: boolean): void
  onTrailers(trailers: HeaderMap): void
  onReset(): void
}

export interface CalloutStream {
  /** What the answer is due to, as in response details; '' = nothing yet. */
  readonly details: string
  /** The receiver may be called from inside this and `data`. */
  head(headers: HeaderMap, endStream: boolean): void
  /** The buffer belongs to the stream. */
  data(bytes: Buffer, endStream: boolean): void
  /** Gives the stream up; no call to the receiver follows. */
  cancel(): void
}

/** What attributes tell of a cluster. */
export interface ClusterFacts {
  readonly metadata: MetadataConfig
  /** Endpoints that this worker knows. */
  readonly endpoints: number
}

export interface HttpCallouts {
  /** True when the cluster exists. */
  hasCluster(name: string): boolean
  /** Null when it does not exist. */
  clusterFacts(name: string): ClusterFacts | null
  /** A stream to a cluster that exists; nothing is sent before its head. */
  open(request: CalloutStreamRequest, receiver: CalloutReceiver): CalloutStream
  /**
   * Sends the request; `onEnd(null)` means the stream was reset. Null when it could not be sent at all (no healthy
   * endpoint, bytes that no header may hold): then no callback follows. `onEnd` never comes from inside `send`.
   */
  send(request: HttpCalloutRequest, onEnd: (response: HttpCalloutResponse | null) => void): HttpCallout | null
}
