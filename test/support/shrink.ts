/**
 * A shorter list that still fails: halves are left out, then quarters, at last single items, as long as the rest fails. At
 * most so many lists are tried.
 */
export function shrink<T>(list: readonly T[], fails: (list: readonly T[]) => boolean, tries = 500): readonly T[] {
  let left = list
  for (let size = Math.ceil(list.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length && tries > 0; tries--) {
      const rest = left.toSpliced(at, size)
      if (fails(rest)) left = rest
      else at += size
    }
  }
  return left
}
