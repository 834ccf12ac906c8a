/** The length in a Content-Length value (RFC 9110, 8.6): digits only; -1 = none. Above 2^53 - 1 no number is exact. */
export function contentLengthOf(value: string): number {
  if (value.length === 0 || value.length > 64) return -1
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  return length <= Number.MAX_SAFE_INTEGER ? length : -1
}
