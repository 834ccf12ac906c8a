/** Times of format strings in UTC: ISO 8601 with milliseconds, or a strftime pattern as Envoy takes it. */

/** Prints milliseconds since the Unix epoch. An empty pattern is ISO 8601. */
export function compileTime(pattern: string): (wallMillis: number) => string {
  if (pattern === '') return (wallMillis) => new Date(wallMillis).toISOString()
  return (wallMillis) => pattern.replaceAll(/%([1-9]?)([A-Za-z%])/g, (all, digits, kind) => field(all, digits, kind, wallMillis))
}

function field(all: string, digits: string, kind: string, wallMillis: number): string {
  const date = new Date(wallMillis)
  const iso = date.toISOString()
  if (kind === 'f') return nanoseconds(wallMillis).slice(0, digits === '' ? 9 : Number(digits))
  switch (kind) {
    case 'Y':
      return iso.slice(0, 4)
    case 'y':
      return iso.slice(2, 4)
    case 'm':
      return iso.slice(5, 7)
    case 'd':
      return iso.slice(8, 10)
    case 'e':
      return String(date.getUTCDate()).padStart(2, ' ')
    case 'H':
      return iso.slice(11, 13)
    case 'M':
      return iso.slice(14, 16)
    case 'S':
      return iso.slice(17, 19)
    case 'T':
      return iso.slice(11, 19)
    case 'F':
      return iso.slice(0, 10)
    case 'b':
      return date.toUTCString().slice(8, 11)
    case 'a':
      return date.toUTCString().slice(0, 3)
    case 's':
      return String(Math.floor(wallMillis / 1000))
    case 'z':
      return '+0000'
    case 'Z':
      return 'UTC'
    case '%':
      return '%'
    default:
      return all
  }
}

/** Nine digits of the fraction of a second. */
function nanoseconds(wallMillis: number): string {
  const fraction = wallMillis - Math.floor(wallMillis / 1000) * 1000
  return String(Math.floor(fraction * 1e6)).padStart(9, '0')
}
