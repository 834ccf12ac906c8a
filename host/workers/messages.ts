/** What main thread and workers tell each other. Everything is plain data: it passes `postMessage`. */
import type { EndpointCounts } from '../cluster/endpoint.ts'
import type { LocalityConfig } from '../config/types.ts'
import type { ListenerAddress } from '../proxy/listener-manager.ts'
import { SluiceError, SluiceErrors, type ErrorCode, type ErrorDetail } from '../errors.ts'
import type { TapRequest } from '../tap/tap-session.ts'
import type { SecretHandle } from './secret-source.ts'
import type { ConfigHandle } from './thread-config.ts'

/** An endpoint of a cluster as one worker sees it. */
export interface EndpointView {
  readonly host: string
  readonly port: number
  readonly hostname: string
  readonly weight: number
  readonly priority: number
  readonly locality: LocalityConfig
  readonly healthFlags: readonly string[]
  /** Of this worker. */
  readonly counts: Readonly<EndpointCounts>
}

/** A cluster as one worker sees it. */
export interface ClusterView {
  readonly name: string
  readonly endpoints: readonly EndpointView[]
}

/** The calls of the main thread to a worker, with what each one gets back. */
export interface WorkerCalls {
  /** New connections use these secrets. */
  secrets: { readonly request: readonly SecretHandle[]; readonly result: null }
  /** Makes a configuration ready beside the one that runs: starts its plugins and clusters. */
  prepare: { readonly request: ConfigHandle; readonly result: null }
  /** Opens the listeners of what was prepared; port 0 is filled in. */
  listen: { readonly request: readonly ListenerAddress[]; readonly result: readonly ListenerAddress[] }
  /** What was prepared takes over; the answer does not wait for streams of the configuration before. */
  commit: { readonly request: null; readonly result: null }
  /** What was prepared is not wanted. */
  discard: { readonly request: null; readonly result: null }
  /** Stops accepting and announces the end on every connection; ends when the last one is gone. */
  drain: { readonly request: null; readonly result: null }
  reopenLogs: { readonly request: null; readonly result: null }
  /** Closes everything; the thread ends after the answer. */
  stop: { readonly request: null; readonly result: null }
  /** As `drain`, for some listeners; the worker goes on. */
  drainListeners: { readonly request: { readonly isInboundOnly: boolean }; readonly result: null }
  clusters: { readonly request: null; readonly result: readonly ClusterView[] }
  /** Follows streams from now on. */
  openTap: { readonly request: TapRequest; readonly result: null }
  /** The next stream that the tap wants, as a line of JSON; null = the tap is closed. */
  nextTrace: { readonly request: null; readonly result: string | null }
  closeTap: { readonly request: null; readonly result: null }
}

export type WorkerCall = keyof WorkerCalls

export type ToWorker = {
  [Call in WorkerCall]: { readonly id: number; readonly call: Call; readonly request: WorkerCalls[Call]['request'] }
}[WorkerCall]

export interface FromWorker {
  /** Of the call; 0 = a log record, unasked. */
  readonly id: number
  readonly result: unknown
  /** Null when the call succeeded. */
  readonly faults: readonly WireFault[] | null
}

/** An error for people, or another error's stack, in the form that crosses threads. */
export type WireFault =
  | { readonly code: ErrorCode; readonly message: string; readonly detail: ErrorDetail }
  | { readonly code: null; readonly message: string }

export function toWire(error: unknown): WireFault[] {
  if (error instanceof SluiceErrors) return error.errors.flatMap(toWire)
  if (error instanceof SluiceError) return [{ code: error.code, message: error.message, detail: error.detail }]
  return [{ code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }]
}

export function fromWire(faults: readonly WireFault[]): Error {
  const defect = faults.find((fault) => fault.code === null)
  if (defect !== undefined) return new Error(defect.message)
  return new SluiceErrors(
    faults.flatMap((fault) => (fault.code === null ? [] : [new SluiceError(fault.code, fault.message, fault.detail)])),
  )
}
