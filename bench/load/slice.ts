/** What a load generator sends and tells, whichever it is. */

/** Fields of every request, beside the host. */
export const HEADERS: Readonly<Record<string, string>> = {
  'User-Agent': 'sluice-bench/1',
  Accept: 'application/json',
  'Accept-Language': 'en-GB,en;q=0.9',
  Authorization: 'Bearer 0123456789abcdef0123456789abcdef',
  Cookie: 'sid=0123456789abcdef; theme=dark',
  'X-Tenant': 'blue',
  'X-Trace': '4bf92f3577b34da6a3ce929d0e0e4736',
}

export interface Slice {
  readonly requests: number
  readonly perSecond: number
  /** Milliseconds; NaN = not told. */
  readonly p50: number
  readonly p99: number
  readonly failures: number
}
