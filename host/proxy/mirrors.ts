/** Copies of one request to other clusters; nobody hears their answers (source/common/router/shadow_writer_impl.cc). */
import { appendForwardedFor } from '../chain/client-address.ts'
import type { TerminalFactory, TerminalStream } from '../chain/terminal.ts'
import type { ClusterManager } from '../cluster/cluster-manager.ts'
import type { MirrorConfig } from '../config/types.ts'
import type { CalloutReceiver } from '../hostcalls/services.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { portStart } from '../route/authority.ts'
import { keep } from '../socket/read-buffer.ts'
import type { Clock } from '../util/clock.ts'
import { machineAddress } from '../util/machine-address.ts'
import type { Random } from '../util/random.ts'
import { InternalStream } from './internal-stream.ts'

/** What copies are made with. */
export interface MirrorContext {
  readonly clusters: ClusterManager
  readonly clock: Clock
  readonly random: Random
  /** What sends them; null for streams that begin in the proxy itself, whose routes have no copies. */
  readonly internalRouters: TerminalFactory | null
}

const NOBODY: CalloutReceiver = { onHead: () => {}, onData: () => {}, onTrailers: () => {}, onReset: () => {} }

export class Mirrors {
  readonly #copies: InternalStream[] = []
  readonly #context: MirrorContext
  readonly #stream: TerminalStream

  /** Copies of the request of `stream`, which waits for those that take it slowly. */
  constructor(stream: TerminalStream, context: MirrorContext) {
    this.#stream = stream
    this.#context = context
  }

  /** `headers` as they are sent; `timeout` in milliseconds, 0 = none. */
  start(policies: readonly MirrorConfig[], headers: HeaderMap, timeout: number, endStream: boolean): void {
    const { clusters, clock, random, internalRouters } = this.#context
    for (const policy of policies) {
      const cluster = policy.cluster.kind === 'name' ? policy.cluster.name : (headers.get(policy.cluster.header) ?? '')
      if (random.fraction() >= policy.fraction || clusters.get(cluster) === null) continue
      const request = { cluster, timeoutMillis: timeout, isMarkedInternal: false }
      const copy = new InternalStream(request, NOBODY, clock, internalRouters!, this.#stream)
      this.#copies.push(copy)
      copy.head(headOf(headers, policy), endStream)
    }
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    const part = keep(bytes, start, end)
    for (const copy of this.#copies) copy.data(part, endStream)
  }

  trailers(trailers: HeaderMap): void {
    for (const copy of this.#copies) copy.trailers(trailers.clone())
  }

  /** The rest of the request does not come. */
  cancel(): void {
    for (const copy of this.#copies) copy.cancel()
  }
}

function headOf(headers: HeaderMap, policy: MirrorConfig): HeaderMap {
  const head = headers.clone()
  head.setInPlace(':authority', hostOf(headers.get(':authority') ?? '', policy))
  head.setInPlace('x-envoy-internal', 'true')
  appendForwardedFor(head, head.get('x-forwarded-for'), machineAddress())
  return head
}

/** So that the logs of the other cluster tell copies from requests. */
function hostOf(authority: string, { host, marksHost }: MirrorConfig): string {
  if (host !== '') return host
  if (!marksHost) return authority
  const port = portStart(authority)
  return port < 0 ? `${authority}-shadow` : `${authority.slice(0, port)}-shadow${authority.slice(port)}`
}
