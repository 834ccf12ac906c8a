/** How a body is cut into the parts in which it arrives: filters must not depend on it. */
import { bodyBytes, type BodyInit } from './body-bytes.ts'
import { SeededRandom } from './seeded-random.ts'

/** Parts of equal size, a number of parts, cuts at offsets, or cuts by dice (at most `most`, default 8). */
export type ChunkPlan =
  | { readonly size: number }
  | { readonly count: number }
  | { readonly at: readonly number[] }
  | { readonly seed: number; readonly most?: number }

/** Seeds that lie side by side begin with numbers that do not: the golden ratio of 2^32. */
const SPREAD = 0x9e3779b1

/** The body in parts; parts are never empty, so there may be fewer than planned. */
export function splitBody(body: BodyInit, plan: ChunkPlan): Buffer[] {
  const bytes = bodyBytes(body)
  return cutAt(bytes, cutsOf(bytes.length, plan))
}

/**
 * Every way to cut the body at most `cuts` times (default 1), whole first: with n bytes and one cut these are n ways,
 * with two n(n-1)/2 + 1.
 */
export function* allSplits(body: BodyInit, cuts = 1): Generator<Buffer[]> {
  const bytes = bodyBytes(body)
  for (const places of placesOf(bytes.length, cuts, 1)) yield cutAt(bytes, places)
}

/** Runs the check with {@link allSplits}; an error says at which cut it came. */
export async function forAllSplits(body: BodyInit, check: (chunks: Buffer[]) => void | Promise<void>, cuts = 1): Promise<void> {
  for (const chunks of allSplits(body, cuts)) {
    try {
      await check(chunks)
    } catch (cause) {
      const sizes = chunks.map((chunk) => chunk.length).join(' + ')
      throw new Error(`With the body in parts of ${sizes} bytes: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      })
    }
  }
}

function cutsOf(length: number, plan: ChunkPlan): number[] {
  if ('at' in plan) return [...plan.at]
  if ('size' in plan) return multiples(length, checked('size', plan.size))
  if ('count' in plan) return evenly(length, checked('count', plan.count))
  return byDice(length, new SeededRandom(Math.imul(plan.seed + 1, SPREAD)), plan.most ?? 8)
}

function checked(field: string, value: number): number {
  if (value >= 1) return value
  throw new RangeError(`Bad chunk plan: seen ${field} ${value}, wanted 1 or more`)
}

function multiples(length: number, size: number): number[] {
  const cuts: number[] = []
  for (let at = size; at < length; at += size) cuts.push(at)
  return cuts
}

function evenly(length: number, count: number): number[] {
  return Array.from({ length: count - 1 }, (_, index) => Math.round(((index + 1) * length) / count))
}

function byDice(length: number, random: SeededRandom, most: number): number[] {
  const count = Math.floor(random.fraction() * (most + 1))
  return Array.from({ length: count }, () => Math.floor(random.fraction() * (length + 1)))
}

function* placesOf(length: number, cuts: number, from: number): Generator<number[]> {
  yield []
  if (cuts === 0) return
  for (let at = from; at < length; at++) for (const rest of placesOf(length, cuts - 1, at + 1)) yield [at, ...rest]
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.toSorted((a, b) => a - b), bytes.length]
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end)).filter((part) => part.length > 0)
}
