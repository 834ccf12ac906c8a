/** What a request with hash policies asks of its load balancer. Only one by hash looks, so only then is anything hashed. */
import type { PickContext } from '../cluster/load-balancer.ts'
import type { HashedStream, HashPolicies } from '../route/hash-policy.ts'
import type { Uint64 } from '../util/uint64.ts'

export class RequestPick implements PickContext {
  readonly maxRepicks = 0
  /** Cookies that were made, for the answer. */
  readonly setCookies: string[] = []
  readonly #policies: HashPolicies
  readonly #stream: HashedStream
  /** Undefined = not asked for yet. */
  #hash: Uint64 | null | undefined = undefined

  constructor(policies: HashPolicies, stream: HashedStream) {
    this.#policies = policies
    this.#stream = stream
  }

  get hash(): Uint64 | null {
    if (this.#hash === undefined) this.#hash = this.#policies.hash(this.#stream, this.setCookies)
    return this.#hash
  }

  refuses(): boolean {
    return false
  }
}
