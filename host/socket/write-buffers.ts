/**
 * Buffers that connections write from (hot): who fills one gives it back once the socket has sent it. Fresh memory for
 * each piece of a body would be counted by V8 as pressure from outside its heap, and cost a full collection for every
 * 64 MiB that pass through.
 */

/** Messages with small bodies. */
export const SMALL = 16384
/** What a socket reads at a time, with a head or frames around it. */
export const LARGE = 65536 + 8192
/** Buffers that are kept for reuse. */
const MAX_FREE_SMALL = 256
const MAX_FREE_LARGE = 32

const freeSmall: Buffer[] = []
const freeLarge: Buffer[] = []

/** A buffer of at least `size` bytes with anything in it; it is the caller's. */
export function takeBuffer(size: number): Buffer {
  if (size <= SMALL) return freeSmall.pop() ?? Buffer.allocUnsafeSlow(SMALL)
  if (size <= LARGE) return freeLarge.pop() ?? Buffer.allocUnsafeSlow(LARGE)
  return Buffer.allocUnsafeSlow(size)
}

/** Takes a buffer back that nobody uses any more. */
export function giveBuffer(buffer: Buffer): void {
  if (buffer.length === SMALL && freeSmall.length < MAX_FREE_SMALL) freeSmall.push(buffer)
  else if (buffer.length === LARGE && freeLarge.length < MAX_FREE_LARGE) freeLarge.push(buffer)
}
