/** The machine's resolver for guests. */
import type { NameResolver } from '../hostcalls/services.ts'
import { systemLookup, type Lookup } from './dns-lookup.ts'

export class SystemNames implements NameResolver {
  readonly #lookup: Lookup

  constructor(lookup: Lookup = systemLookup) {
    this.#lookup = lookup
  }

  resolve(name: string, onEnd: (addresses: readonly string[] | null) => void): void {
    void this.#find(name).then(onEnd)
  }

  /** IPv6 when the name has it, else IPv4, as Envoy does. */
  async #find(name: string): Promise<readonly string[] | null> {
    const v6 = await this.#lookup(name, 6).catch(() => [])
    const found = v6.length > 0 ? v6 : await this.#lookup(name, 4).catch(() => null)
    return found?.map(({ address }) => address) ?? null
  }
}
