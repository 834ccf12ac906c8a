/** How much of a count of random, property and soak tests this run does: all in `npm run test:full`, else a twentieth. */

const PART = process.env['SLUICE_FULL'] === '1' ? 1 : 20

/** The share of a full count; seeds are the same, so a short run is the beginning of the long one. */
export function shareOf(full: number): number {
  return Math.ceil(full / PART)
}
