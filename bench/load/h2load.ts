/** One slice of load by h2load: HTTP/2, the same requests as by wrk, on core 0. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { HEADERS, type Slice } from './slice.ts'
import type { Http2Load } from './traffic.ts'

/** Runs h2load for `seconds` against a URL. */
export async function runH2load(load: Http2Load, url: string, seconds: number): Promise<Slice> {
  const headers = Object.entries(HEADERS).map(([name, value]) => `--header=${name}: ${value}`)
  const spread = ['-t1', `-c${load.connections}`, `-m${load.streams}`, `-D${seconds}`]
  const args = ['-c', '0', 'h2load', ...spread, ...headers, url]
  const { stdout } = await promisify(execFile)('taskset', args)
  const succeeded = figure(stdout, /(\d+) succeeded/)
  return {
    requests: succeeded,
    perSecond: succeeded / seconds,
    p50: Number.NaN,
    p99: Number.NaN,
    // Requests that the end of the time cuts are none.
    failures:
      figure(stdout, /(\d+) failed/) +
      figure(stdout, /(\d+) timeout/) +
      figure(stdout, /status codes: \d+ 2xx, \d+ 3xx, (\d+) 4xx/) +
      figure(stdout, /(\d+) 5xx/),
  }
}

function figure(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`h2load printed no ${pattern.source}: ${text}`)
  return Number(found[1])
}
