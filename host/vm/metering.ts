/**
 * What is put into a function body so that it pays. Outermost loops that call nothing keep the counter in a local, which engines
 * hold in a register: it is taken in front of them, looked at before each turn, and given back wherever they are left.
 */
import type { ByteReader } from './byte-reader.ts'
import { findCallFreeLoops, type CallFreeLoop } from './call-free-loops.ts'
import { findCharges, type Charge } from './charges.ts'
import type { CounterCode } from './counter-code.ts'

/** Code put in front of the instruction at `at`. */
export interface Insertion {
  readonly at: number
  readonly code: readonly number[]
}

export interface Metering {
  /** By their places; those of one place in the order in which they run. */
  readonly insertions: readonly Insertion[]
  /** How many locals of type i32 they need. */
  readonly locals: number
}

/** `body` stands behind the locals and is read again; the added ones have the numbers from `firstLocal` on. */
export function meter(body: ByteReader, counter: CounterCode, firstLocal: number): Metering {
  const start = body.at
  const charges = findCharges(body)
  body.at = start
  const loops = charges.some(({ kind }) => kind === 'turn') ? findCallFreeLoops(body) : []
  if (loops.length > 0) return { insertions: withLoops(charges, loops, counter, firstLocal), locals: 2 }
  const insertions = charges.map((charge) => ({ at: charge.at, code: chargeCode(charge, counter, firstLocal) }))
  return { insertions, locals: charges.some(({ kind }) => kind === 'bulk') ? 1 : 0 }
}

/** The first local is for lengths, the second keeps the counter. */
function withLoops(
  charges: readonly Charge[],
  loops: readonly CallFreeLoop[],
  counter: CounterCode,
  firstLocal: number,
): Insertion[] {
  const kept = firstLocal + 1
  const insertions: Insertion[] = []
  const put = (places: readonly number[], code: readonly number[]): void => {
    for (const at of places) insertions.push({ at, code })
  }
  // Sorting keeps the order of what has the same place.
  put(
    loops.map(({ end }) => end),
    counter.giveBack(kept),
  )
  for (const { charge, isKept } of withPlaces(charges, loops)) {
    put([charge.at], isKept ? keptChargeCode(charge, counter, firstLocal) : chargeCode(charge, counter, firstLocal))
  }
  for (const { turns, exits } of loops) {
    put(turns, counter.checkKept(kept))
    put(exits, counter.giveBack(kept))
  }
  put(
    loops.map(({ start }) => start),
    counter.take(kept),
  )
  return insertions.toSorted((left, right) => left.at - right.at)
}

/** Whether each charge is in one of the loops. */
function withPlaces(charges: readonly Charge[], loops: readonly CallFreeLoop[]): { charge: Charge; isKept: boolean }[] {
  let next = 0
  return charges.map((charge) => {
    while (next < loops.length && loops[next]!.end <= charge.at) next++
    return { charge, isKept: next < loops.length && loops[next]!.start < charge.at }
  })
}

function chargeCode({ ticks, kind }: Charge, counter: CounterCode, length: number): number[] {
  return kind === 'bulk' ? counter.bulkCharge(ticks, length) : counter.charge(ticks)
}

/** What straight code costs is looked at with the turn; calls into the engine could take it through all negative numbers. */
function keptChargeCode(charge: Charge, counter: CounterCode, length: number): number[] {
  const kept = length + 1
  if (charge.kind === 'bulk') return [...counter.giveBack(kept), ...chargeCode(charge, counter, length), ...counter.take(kept)]
  const code = counter.keptCharge(charge.ticks, kept)
  return charge.kind === 'engine' ? [...code, ...counter.checkKept(kept)] : code
}
