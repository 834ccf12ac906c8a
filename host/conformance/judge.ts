/** What the kit needs of a host that it judges. */
import type { AbiVersion } from '../abi/version.ts'
import type { MountPoint } from './mounts.ts'
import type { Field, KitAnswer, KitRequest } from './scenario.ts'

/** What the client got. */
export interface SeenAnswer {
  /** 0 = no head came. */
  readonly status: number
  readonly headers: readonly Field[]
  readonly body: string
  readonly trailers: readonly Field[]
  /** The connection ended before the answer was complete. */
  readonly reset: boolean
}

/** What the upstream got. */
export interface SeenRequest {
  readonly cluster: string
  readonly method: string
  readonly path: string
  readonly headers: readonly Field[]
  readonly body: string
  readonly trailers: readonly Field[]
}

/**
 * Called between two chunks of a message with the number of those that are sent: resolves when they have arrived, so
 * that a host reads them one by one.
 */
export type Gate = (sent: number) => Promise<void>

/** Chooses the answer to a request that arrived upstream, by its path. */
export type Answerer = (path: string) => KitAnswer

/** One end of a connection. */
export interface KitPeer {
  readonly text: string
  /** What this end saw of the other: `ended` = its half, or all without a reset. */
  readonly state: string
  send(text: string): void
  end(): void
  reset(): void
}

/** A connection through network filters. */
export interface KitConnection {
  readonly client: KitPeer
  /** Null = none is connected. */
  upstream(): KitPeer | null
  /** Gives both ends up. */
  drop(): void
}

/** A host with the guests at their places. */
export interface JudgedHost {
  /** True for the host whose word is the record. */
  readonly isReference: boolean
  /** Places that this host does not have are not asked. */
  has(point: MountPoint): boolean
  /** Sends a request; resolves with its answer, at the latest after some seconds. */
  request(point: MountPoint, path: string, request: KitRequest, gate: Gate): Promise<SeenAnswer>
  /** Connects to a place of network filters. */
  connect(point: MountPoint): Promise<KitConnection>
  /** Lets so much time pass. */
  wait(millis: number): Promise<void>
  /** Sets what the upstream answers from now on, and forgets what it has seen. */
  script(answerer: Answerer, gate: Gate): void
  /** Requests that have arrived since then, as a whole. */
  seen(): readonly SeenRequest[]
  close(): Promise<void>
}

/** A way to a {@link JudgedHost}. */
export interface Judge {
  readonly name: string
  open(versions: readonly AbiVersion[]): Promise<JudgedHost>
}
