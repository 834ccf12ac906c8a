/** The machine's resolver for guests. */
import type { NameResolver } from '../hostcalls/services.ts'
import { systemLookup, type Lookup } from './strict-dns.ts'

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
    try {
      return await this.#lookup(name, 6).catch(() => this.#lookup(name, 4))
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOTFOUND' ? [] : null
    }
  }
}
