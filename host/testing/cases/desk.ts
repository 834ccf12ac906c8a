/**
 * Decides which step a request at a cluster belongs to, and what it is answered: shared by all judges, so that they
 * attribute in the same way. Nothing is added to the requests for that.
 *
 * A request at a cluster with scripted callouts is a callout. Any other belongs to the unanswered request of the
 * running step with its path, else to the first unanswered one, else to one whose client has left, else (a second
 * arrival) to the running request with its path.
 */
import { answerOf, EMPTY_ANSWER, type ScriptedMessage } from './script.ts'
import type { SeenCallouts, ArrivedRequest } from './observation.ts'
import type { RequestStep, Step } from './table.ts'

/** One request of a step and what arrived for it; `Arrival` is the judge's own record of a request. */
export interface Claim<Arrival> {
  readonly step: RequestStep
  readonly arrived: Arrival[]
}

export class Desk<Arrival> {
  readonly stray: Arrival[] = []
  #running: Claim<Arrival>[] = []
  readonly #left: Claim<Arrival>[] = []
  #step: Step | null = null
  #callouts = new Map<string, Arrival[]>()

  /** Makes the step the running one; returns the claims of its requests. */
  begin(step: Step): readonly Claim<Arrival>[] {
    for (const claim of this.#running) if (claim.step.abort_after !== undefined) this.#left.push(claim)
    this.#step = step
    this.#running = step.kind === 'requests' ? step.requests.map((request) => ({ step: request, arrived: [] })) : []
    this.#callouts = new Map()
    return this.#running
  }

  /** Takes a request that arrived at a cluster; returns its answer. */
  take(cluster: string, path: string, arrival: Arrival): ScriptedMessage {
    const scripted = this.#step?.callouts[cluster]
    if (scripted !== undefined) {
      const made = this.#callouts.get(cluster) ?? []
      this.#callouts.set(cluster, [...made, arrival])
      return answerOf(scripted[made.length]?.answer)
    }
    const claim = this.#claim(path)
    if (claim === undefined) {
      this.stray.push(arrival)
      return EMPTY_ANSWER
    }
    claim.arrived.push(arrival)
    return answerOf(claim.step.upstream)
  }

  /** Callouts of the running step. */
  callouts(toSeen: (cluster: string, arrival: Arrival) => ArrivedRequest): SeenCallouts {
    return Object.fromEntries([...this.#callouts].map(([cluster, made]) => [cluster, made.map((one) => toSeen(cluster, one))]))
  }

  #claim(path: string): Claim<Arrival> | undefined {
    const open = this.#running.filter((claim) => claim.arrived.length === 0)
    const left = this.#left.filter((claim) => claim.arrived.length === 0)
    const samePath = (claim: Claim<Arrival>): boolean => (claim.step.path ?? '/') === path
    return open.find(samePath) ?? open[0] ?? left.find(samePath) ?? left[0] ?? this.#running.find(samePath)
  }
}
