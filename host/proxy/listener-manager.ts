/**
 * The listeners of one worker by name (source/common/listener_manager/listener_manager_impl.cc). A new set is prepared
 * beside the one that runs — what can fail happens then — and takes its place at once. A listener that stays at its
 * address keeps its socket, and the connections of filter chains that stay: their next streams get the new configuration.
 */
import { isDeepStrictEqual } from 'node:util'
import type { StreamCount } from '../chain/stream-count.ts'
import type { ListenerConfig, Resource, SocketAddress } from '../config/types.ts'
import { Listener, type ListenerChains, type ListenerContext } from './listener.ts'

/** Where a listener really listens. */
export interface ListenerAddress extends SocketAddress {
  readonly name: string
  readonly additional: readonly SocketAddress[]
}

/** Makes what stands behind a listener of the configuration that is being prepared. */
export type MakeChains = (listener: Resource<ListenerConfig>) => ListenerChains

interface Entry {
  readonly identity: string
  readonly listener: Listener
  readonly addresses: readonly SocketAddress[]
  /** What the running listener is to become; null = it is as it should be. */
  readonly update: { readonly config: ListenerConfig; readonly behind: ListenerChains } | null
}

/** `traffic_direction` of a listener. */
const INBOUND = 1

export class ListenerManager {
  readonly #context: ListenerContext
  #entries = new Map<string, Entry>()
  #next = new Map<string, Entry>()
  /** Those that are no longer configured: they end with their last connection. */
  readonly #leaving = new Set<Listener>()

  constructor(context: ListenerContext) {
    this.#context = context
  }

  /**
   * Makes a new set ready: binds what is new, where `known` says if it has the name. Says where each listener is.
   * Rejects with what `refused` makes of the system's error; `discard` has to follow then.
   */
  async prepare(
    resources: readonly Resource<ListenerConfig>[],
    makeChains: MakeChains,
    known: readonly ListenerAddress[],
    refused: (name: string, address: SocketAddress, cause: unknown) => Error,
  ): Promise<ListenerAddress[]> {
    for (const resource of resources) {
      const { name } = resource
      const kept = this.#keep(resource, makeChains)
      const wanted = wantedAddresses(known.find((one) => one.name === name) ?? null, resource.value)
      try {
        this.#next.set(name, kept ?? (await this.#open(resource, makeChains, wanted)))
      } catch (cause) {
        throw refused(name, wanted[0]!, cause)
      }
    }
    return [...this.#next].map(
      ([
        name,
        {
          addresses: [first, ...additional],
        },
      ]) => ({ name, ...first!, additional }),
    )
  }

  /** The prepared set takes over. Resolves when no stream is left of what only the set before had. */
  async commit(): Promise<void> {
    const before = this.#entries
    const replaced: StreamCount[] = []
    this.#entries = new Map([...this.#next].map(([name, entry]) => [name, { ...entry, update: null }]))
    for (const { listener, update } of this.#next.values()) {
      listener.takePlaces()
      if (update !== null) replaced.push(...listener.update(update))
    }
    for (const [name, { listener }] of before) {
      if (this.#next.get(name)?.listener !== listener) replaced.push(...this.#leave(listener))
    }
    this.#next = new Map()
    await Promise.all(replaced.map((streams) => streams.whenIdle()))
  }

  /** The prepared set is not wanted. */
  async discard(): Promise<void> {
    const running = new Set([...this.#entries.values()].map((entry) => entry.listener))
    const unwanted = [...this.#next.values()].filter(({ listener }) => !running.has(listener))
    this.#next = new Map()
    await Promise.all(unwanted.map(({ listener }) => listener.stop()))
  }

  /** Ends when the last connection of the listeners is gone. */
  async drain(isInboundOnly: boolean): Promise<void> {
    const all = [...this.#entries.values()].map((entry) => entry.listener)
    const chosen = all.filter(({ config }) => !isInboundOnly || config.direction === INBOUND)
    await Promise.all(chosen.map((listener) => listener.drain()))
  }

  /** Closes everything. */
  async stop(): Promise<void> {
    const all = new Set([...this.#entries.values(), ...this.#next.values()].map((entry) => entry.listener))
    await Promise.all([...all, ...this.#leaving].map((listener) => listener.stop()))
  }

  /** The listener of that name, if it can stay where it is. */
  #keep(resource: Resource<ListenerConfig>, makeChains: MakeChains): Entry | null {
    const { name, identity, value } = resource
    const old = this.#entries.get(name)
    if (old === undefined || !isDeepStrictEqual(placesOf(old.listener.config), placesOf(value))) return null
    const update = old.identity === identity ? null : { config: value, behind: makeChains(resource) }
    return { identity, listener: old.listener, addresses: old.addresses, update }
  }

  async #open(resource: Resource<ListenerConfig>, makeChains: MakeChains, wanted: readonly SocketAddress[]): Promise<Entry> {
    const { identity, value } = resource
    const listener = new Listener(value, makeChains(resource), this.#context)
    try {
      return { identity, listener, addresses: await listener.listen(wanted), update: null }
    } catch (error) {
      await listener.stop()
      throw error
    }
  }

  #leave(listener: Listener): readonly StreamCount[] {
    this.#leaving.add(listener)
    void listener.drain().then(() => this.#leaving.delete(listener))
    return listener.streams
  }
}

/** Where it is to listen: where it is known to be, or as configured. */
function wantedAddresses(known: ListenerAddress | null, config: ListenerConfig): readonly SocketAddress[] {
  if (known === null) return placesOf(config)
  const { host, port, additional } = known
  return [{ host, port }, ...additional]
}

function placesOf({ address, additionalAddresses }: ListenerConfig): readonly SocketAddress[] {
  return [address, ...additionalAddresses]
}
