/** Where clusters learn the addresses of their host names: one thread looks them up for all. */
import type { DnsConfig } from '../config/types.ts'

/** The names of a cluster. */
export interface NameQuestion {
  /** Name and identity of the cluster: what has both in common is looked up once. */
  readonly cluster: string
  readonly identity: string
  /** Under which name look-ups are counted. */
  readonly statName: string
  readonly names: readonly string[]
  readonly config: DnsConfig
}

/** IP literals of the name at a place of the question; null = nothing is known, its first look-up has failed. */
export type OnAddresses = (place: number, addresses: readonly string[] | null) => void

export interface NameSource {
  /**
   * Tells what is known of each name, as soon as there is something, and from then on every answer. Ends with the call
   * that is returned.
   */
  follow(question: NameQuestion, onAddresses: OnAddresses): () => void
}
