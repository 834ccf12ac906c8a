/** True when every part stands in `bytes`, one behind the other, with or without something between them. */
export function containsInOrder(bytes: Buffer, parts: readonly Buffer[]): boolean {
  let from = 0
  for (const part of parts) {
    const at = bytes.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}
