/**
 * Google's Maglev table: every endpoint takes cells in turn, by weight, in an order of its own; a request goes to the
 * endpoint of its hash's cell (source/extensions/load_balancing_policies/maglev/maglev_lb.cc).
 */
import { Uint64 } from '../util/uint64.ts'
import { xxHash64 } from '../util/xx-hash64.ts'
import type { Endpoint } from './endpoint.ts'
import { hashKeyOf, type HashTable, type Share } from './hash-key.ts'

/** `MaglevLbConfig`. */
export interface MaglevOptions {
  /** A prime. */
  readonly tableSize: number
  readonly usesHostname: boolean
}

/** One endpoint while the table is filled. */
interface Claim {
  readonly key: string
  readonly endpoint: Endpoint
  readonly part: number
  /** The next cell that it would take, and the way to the one after. */
  cell: number
  readonly skip: number
  /** What `part` times the round must reach for a turn. */
  target: number
  count: number
}

/** No endpoint has the cell. */
const FREE = 0xffffffff

export class Maglev implements HashTable {
  /** Cells of the endpoint with the fewest and the most. */
  readonly minCells: number
  readonly maxCells: number
  readonly #cells: Uint32Array
  readonly #endpoints: readonly Endpoint[]

  constructor(shares: readonly Share[], options: MaglevOptions) {
    const claims = shares.map((share) => claimOf(share, options)).toSorted((a, b) => (a.key < b.key ? -1 : 1))
    this.#endpoints = claims.map(({ endpoint }) => endpoint)
    this.#cells = new Uint32Array(options.tableSize).fill(FREE)
    if (claims.length > 0) fill(this.#cells, claims)
    this.minCells = Math.min(options.tableSize, ...claims.map(({ count }) => count))
    this.maxCells = Math.max(0, ...claims.map(({ count }) => count))
  }

  pick(hash: Readonly<Uint64>, attempt: number): Endpoint | null {
    if (this.#endpoints.length === 0) return null
    const size = this.#cells.length
    if (attempt === 0) return this.#endpoints[this.#cells[hash.modulo(size)]!]!
    // Many bits change, so that not all requests of one endpoint go to the same other one.
    return this.#endpoints[this.#cells[retried.set(~hash.high, hash.low ^ -attempt).modulo(size)]!]!
  }
}

const retried = new Uint64()

function claimOf({ endpoint, part }: Share, { tableSize, usesHostname }: MaglevOptions): Claim {
  const hash = new Uint64()
  const key = hashKeyOf(endpoint, usesHostname)
  const cell = xxHash64(key, 0, hash).modulo(tableSize)
  const skip = xxHash64(key, 1, hash).modulo(tableSize - 1) + 1
  return { key, endpoint, part, cell, skip, target: 0, count: 0 }
}

/** The heaviest endpoint takes one cell a round. */
function fill(cells: Uint32Array, claims: readonly Claim[]): void {
  const largest = Math.max(...claims.map(({ part }) => part))
  let taken = 0
  for (let round = 1; taken < cells.length; round++) {
    for (let index = 0; index < claims.length && taken < cells.length; index++) {
      const claim = claims[index]!
      if (round * claim.part < claim.target) continue
      claim.target += largest
      takeCell(cells, claim, index)
      taken++
    }
  }
}

function takeCell(cells: Uint32Array, claim: Claim, index: number): void {
  while (cells[claim.cell] !== FREE) claim.cell = (claim.cell + claim.skip) % cells.length
  cells[claim.cell] = index
  claim.cell = (claim.cell + claim.skip) % cells.length
  claim.count++
}
