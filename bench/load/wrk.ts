/** One slice of load by wrk: 64 clients, GET with eight request headers, on core 0. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HEADERS, type Slice } from './slice.ts'

/** Runs wrk for `seconds` against a URL, with `headers` beside the usual ones or instead of them. */
export async function runWrk(
  work: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  seconds: number,
): Promise<Slice> {
  const script = join(work, 'headers.lua')
  writeFileSync(
    script,
    Object.entries({ ...HEADERS, ...headers })
      .map(([name, value]) => `wrk.headers["${name}"] = "${value}"\n`)
      .join(''),
  )
  const args = ['-c', '0', 'wrk', '-t1', '-c64', `-d${seconds}`, '--latency', '-s', script, url]
  const { stdout } = await promisify(execFile)('taskset', args)
  return {
    requests: Number(figure(stdout, /(\d+) requests in/)),
    perSecond: Number(figure(stdout, /Requests\/sec:\s+([\d.]+)/)),
    p50: milliseconds(figure(stdout, /^\s+50%\s+(\S+)/m)),
    p99: milliseconds(figure(stdout, /^\s+99%\s+(\S+)/m)),
    failures: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0) + socketErrors(stdout),
  }
}

function figure(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`wrk printed no ${pattern.source}: ${text}`)
  return found[1]!
}

function milliseconds(text: string): number {
  const unit = { us: 0.001, ms: 1, s: 1000 }[/[a-z]+$/.exec(text)?.[0] ?? 's'] ?? 1000
  return Number.parseFloat(text) * unit
}

function socketErrors(text: string): number {
  const found = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)
  return found === null ? 0 : found.slice(1).reduce((sum, count) => sum + Number(count), 0)
}
