/** Callouts of guests, answered by the same script as requests. */
import { HeaderMap } from '../http/header-map.ts'
import type { HttpCallout, HttpCalloutRequest, HttpCalloutResponse, HttpCallouts } from '../hostcalls/services.ts'
import type { TerminalReply } from '../chain/terminal.ts'
import type { Timer } from '../util/timers.ts'
import { scriptAnswer, type ScriptedAnswer } from './answer.ts'
import { UpstreamRequest } from './messages.ts'
import type { ScriptedUpstream } from './scripted-upstream.ts'
import type { VirtualTime } from './virtual-time.ts'
import { CLOSED, REFUSED, TIMEOUT } from './upstream-failures.ts'

export class ScriptedCallouts implements HttpCallouts {
  readonly #upstream: ScriptedUpstream

  constructor(upstream: ScriptedUpstream) {
    this.#upstream = upstream
  }

  hasCluster(name: string): boolean {
    return Object.hasOwn(this.#upstream.clusters, name)
  }

  send(request: HttpCalloutRequest, onEnd: (response: HttpCalloutResponse | null) => void): HttpCallout | null {
    const kind = this.#upstream.clusters[request.cluster]
    if (kind === undefined || kind === 'empty') return null
    return new ScriptedCallout(this.#upstream, request, kind === 'refused', onEnd)
  }
}

class ScriptedCallout implements HttpCallout {
  readonly #onEnd: (response: HttpCalloutResponse | null) => void
  readonly #time: VirtualTime
  readonly #sentAt: number
  readonly #timeout: Timer
  #isOver = false

  constructor(
    upstream: ScriptedUpstream,
    request: HttpCalloutRequest,
    isRefused: boolean,
    onEnd: (response: HttpCalloutResponse | null) => void,
  ) {
    this.#onEnd = onEnd
    this.#time = upstream.time
    this.#sentAt = this.#time.monotonicMillis()
    this.#timeout = this.#time.create(() => this.#end(failure(TIMEOUT)))
    if (request.timeoutMillis > 0) this.#timeout.arm(request.timeoutMillis)
    if (isRefused) this.#time.defer(() => this.#end(failure(REFUSED)))
    else this.#ask(upstream, request)
  }

  cancel(): void {
    this.#isOver = true
    this.#timeout.disarm()
  }

  #ask(upstream: ScriptedUpstream, request: HttpCalloutRequest): void {
    const seen = new UpstreamRequest(request.cluster, request.headers, true)
    if (request.body !== null) seen.addData(request.body)
    seen.isComplete = true
    const answer = scriptAnswer(upstream.take(seen, null), seen.method)
    if (answer.delayMillis === 0) this.#time.defer(() => this.#answer(answer))
    else this.#time.create(() => this.#answer(answer)).arm(answer.delayMillis)
  }

  #answer({ fail, head, parts, trailers }: ScriptedAnswer): void {
    if (fail === 'hang') return
    if (fail === 'close' || fail === 'reset') return this.#end(failure(CLOSED))
    if (fail === 'close_in_body') return this.#end(null)
    head.setInPlace('x-envoy-upstream-service-time', String(Math.floor(this.#time.monotonicMillis() - this.#sentAt)))
    this.#end({ headers: head, body: Buffer.concat(parts), trailers })
  }

  #end(response: HttpCalloutResponse | null): void {
    if (this.#isOver) return
    this.cancel()
    this.#onEnd(response)
  }
}

function failure({ status, body }: TerminalReply): HttpCalloutResponse {
  const headers = HeaderMap.from([
    [':status', String(status)],
    ['content-length', String(body.length)],
    ['content-type', 'text/plain'],
  ])
  return { headers, body: Buffer.from(body, 'latin1'), trailers: null }
}
