/**
 * Static cells the host writes results to. One set serves every hostcall: a result is
 * taken out before the next call starts, and a hostcall re-enters only `malloc`.
 */

/** Pointer written by an allocating hostcall, also any 32- or 64-bit result. */
export const OUT: usize = memory.data(24, 8);
/** Length written by an allocating hostcall. */
export const OUT_LENGTH: usize = OUT + 8;
/** Third result: compare-and-set version, buffer flags. */
export const OUT_EXTRA: usize = OUT + 16;
