/** Names that guests look up, out of a table. */
import { isIP } from 'node:net'
import type { NameResolver } from '../hostcalls/services.ts'

export class ScriptedNames implements NameResolver {
  readonly #names: Readonly<Record<string, readonly string[]>>
  readonly #defer: (task: () => void) => void

  constructor(names: Readonly<Record<string, readonly string[]>>, defer: (task: () => void) => void) {
    this.#names = names
    this.#defer = defer
  }

  resolve(name: string, onEnd: (addresses: readonly string[] | null) => void): void {
    const known = Object.hasOwn(this.#names, name) ? this.#names[name]! : []
    this.#defer(() => onEnd(isIP(name) === 0 ? known : [name]))
  }
}
