/** A proxy that runs for a trial: a real Envoy, or the host. */
import type { Seen } from './trial.ts'

export interface TrialProxy {
  /** Port of a listener. */
  port(listener: string): number
  /** Counters and gauges of guests, by their own names. */
  metrics(): Promise<Record<string, number>>
  /** What guests have logged until now. */
  logs(): Seen['logs']
  stop(): Promise<void>
}

/** Starts a proxy on a bootstrap; resolves when it serves. */
export type StartProxy = (bootstrap: object) => Promise<TrialProxy>
