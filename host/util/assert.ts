/** Stops the program when an invariant of this code base is broken; never used on what a peer or a guest sent. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message}`)
}
