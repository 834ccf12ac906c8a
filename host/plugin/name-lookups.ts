/** Look-ups of names by one root context (`envoy_resolve_dns`), and the form in which a guest gets the answer. */
import { MAX_NAME_LOOKUPS } from '../abi/limits.ts'
import type { NameResolver } from '../hostcalls/services.ts'
import { fromByteString } from '../util/bytes.ts'
import type { Vm } from './vm.ts'

/** `data` is empty for a look-up that failed. */
export type OnAnswer = (token: number, data: Uint8Array) => void

export class NameLookups {
  readonly #vm: Vm
  readonly #resolver: NameResolver
  readonly #onAnswer: OnAnswer
  #waiting = 0

  constructor(vm: Vm, onAnswer: OnAnswer) {
    this.#vm = vm
    this.#resolver = vm.services.names
    this.#onAnswer = onAnswer
  }

  /** The token, or 0 when too many wait. */
  start(name: string): number {
    if (this.#waiting >= MAX_NAME_LOOKUPS) return 0
    const token = this.#vm.nextNameToken()
    this.#waiting++
    this.#resolver.resolve(name, (addresses) => {
      this.#waiting--
      this.#onAnswer(token, addresses === null ? new Uint8Array(0) : encodeAddresses(addresses))
    })
    return token
  }
}

/**
 * Count, a time to live per address in seconds (0: the machine's resolver tells none), then the addresses with port 0, each
 * with a NUL behind it (source/extensions/common/wasm/context.cc, `onResolveDns`).
 */
function encodeAddresses(addresses: readonly string[]): Uint8Array {
  const head = Buffer.alloc(4 + 4 * addresses.length)
  head.writeUInt32LE(addresses.length)
  const texts = addresses.map((address) => (address.includes(':') ? `[${address}]:0\0` : `${address}:0\0`))
  return Buffer.concat([head, fromByteString(texts.join(''))])
}
