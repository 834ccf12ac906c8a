/** What a request asks of its load balancer. Only one by hash looks at the hash, so only then is anything hashed. */
import type { MatchedRoute } from '../chain/terminal.ts'
import type { PickContext } from '../cluster/load-balancer.ts'
import type { MetadataMatchConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { HashedStream, HashPolicies } from '../route/hash-policy.ts'
import type { Uint64 } from '../util/uint64.ts'

export class RequestPick implements PickContext {
  readonly maxRepicks = 0
  /** Cookies that were made, for the answer. */
  readonly setCookies: string[] = []
  readonly metadataMatch: MetadataMatchConfig | null
  readonly #policies: HashPolicies | null
  readonly #stream: HashedStream
  /** Undefined = not asked for yet. */
  #hash: Uint64 | null | undefined = undefined

  constructor({ hashPolicies, metadataMatch }: MatchedRoute, stream: HashedStream) {
    this.#policies = hashPolicies
    this.metadataMatch = metadataMatch
    this.#stream = stream
  }

  get hash(): Uint64 | null {
    if (this.#hash === undefined) this.#hash = this.#policies?.hash(this.#stream, this.setCookies) ?? null
    return this.#hash
  }

  get headers(): HeaderMap {
    return this.#stream.requestHeaders
  }

  refuses(): boolean {
    return false
  }
}
