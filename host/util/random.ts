import { randomFillSync } from 'node:crypto'
import { randomUuid } from './uuid.ts'

/** Randomness of the data plane; injected so that tests can fix it. */
export interface Random {
  /** Fills all of `target` with random bytes. */
  fill(target: Uint8Array): void
  /** A number in [0, 1). */
  fraction(): number
  /** A version 4 UUID in lower case, for `x-request-id`. */
  uuid(): string
}

/** The machine's random source. */
export const systemRandom: Random = {
  fill: (target) => void randomFillSync(target),
  fraction: () => Math.random(),
  uuid: randomUuid,
}
