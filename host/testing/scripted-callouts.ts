/** Callouts of guests, answered by the same script as requests. */
import type { MetadataConfig } from '../config/types.ts'
import type { ClusterFacts, HttpCallout, HttpCalloutRequest, HttpCalloutResponse, HttpCallouts } from '../hostcalls/services.ts'
import type { CalloutStream, CalloutReceiver, CalloutStreamRequest } from '../hostcalls/services.ts'
import { sendCollected } from '../hostcalls/http-collector.ts'
import { ScriptedCallout } from './scripted-callout.ts'
import type { ScriptedUpstream } from './scripted-upstream.ts'

const NO_METADATA: MetadataConfig = { message: new Uint8Array(0), json: {} }

export class ScriptedCallouts implements HttpCallouts {
  readonly #upstream: ScriptedUpstream

  constructor(upstream: ScriptedUpstream) {
    this.#upstream = upstream
  }

  hasCluster(name: string): boolean {
    return Object.hasOwn(this.#upstream.clusters, name)
  }

  /** Metadata of clusters belong to the configuration of the proxy. */
  clusterFacts(name: string): ClusterFacts | null {
    return this.hasCluster(name) ? { metadata: NO_METADATA, endpoints: this.#upstream.clusters[name] === 'empty' ? 0 : 1 } : null
  }

  open(request: CalloutStreamRequest, receiver: CalloutReceiver): CalloutStream {
    return new ScriptedCallout(this.#upstream, request, receiver)
  }

  send(request: HttpCalloutRequest, onEnd: (response: HttpCalloutResponse | null) => void): HttpCallout | null {
    return sendCollected(this, request, onEnd)
  }
}
