/** Callouts of guests, answered by the same script as requests. */
import type { HttpCallout, HttpCalloutRequest, HttpCalloutResponse, HttpCallouts } from '../hostcalls/services.ts'
import type { CalloutStream, CalloutReceiver, CalloutStreamRequest } from '../hostcalls/services.ts'
import { sendCollected } from '../hostcalls/http-collector.ts'
import { ScriptedCallout } from './scripted-callout.ts'
import type { ScriptedUpstream } from './scripted-upstream.ts'

export class ScriptedCallouts implements HttpCallouts {
  readonly #upstream: ScriptedUpstream

  constructor(upstream: ScriptedUpstream) {
    this.#upstream = upstream
  }

  hasCluster(name: string): boolean {
    return Object.hasOwn(this.#upstream.clusters, name)
  }

  open(request: CalloutStreamRequest, receiver: CalloutReceiver): CalloutStream {
    return new ScriptedCallout(this.#upstream, request, receiver)
  }

  send(request: HttpCalloutRequest, onEnd: (response: HttpCalloutResponse | null) => void): HttpCallout | null {
    return sendCollected(this, request, onEnd)
  }
}
