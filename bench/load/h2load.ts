/** One slice of load by h2load: HTTP/2, or HTTP/1.1 at a steady rate; the same requests as by wrk, on core 0. */
import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HEADERS, type Slice } from './slice.ts'
import type { Http2Load } from './traffic.ts'

const CLIENTS = 64

/** Runs h2load for `seconds` against a URL. */
export async function runH2load(load: Http2Load, url: string, seconds: number): Promise<Slice> {
  const stdout = await h2load([`-c${load.connections}`, `-m${load.streams}`], url, seconds)
  return { ...counts(stdout, seconds), p50: Number.NaN, p99: Number.NaN }
}

/** Clients of HTTP/1.1 that send `rate` requests a second between them, each at its time. */
export async function runSteady(work: string, url: string, rate: number, seconds: number): Promise<Slice> {
  const log = join(work, 'h2load.tsv')
  rmSync(log, { force: true })
  const stdout = await h2load(['--h1', `-c${CLIENTS}`, `--rps=${Math.round(rate / CLIENTS)}`, `--log-file=${log}`], url, seconds)
  const millis = Float64Array.from(readFileSync(log, 'utf8').trim().split('\n'), (line) => Number(line.split('\t')[2]) / 1000)
  millis.sort()
  const percentile = (part: number): number => millis[Math.floor(millis.length * part)]!
  return { ...counts(stdout, seconds), p50: percentile(0.5), p99: percentile(0.99) }
}

async function h2load(options: readonly string[], url: string, seconds: number): Promise<string> {
  const headers = Object.entries(HEADERS).map(([name, value]) => `--header=${name}: ${value}`)
  const args = ['-c', '0', 'h2load', '-t1', ...options, `-D${seconds}`, ...headers, url]
  return (await promisify(execFile)('taskset', args)).stdout
}

function counts(stdout: string, seconds: number): Pick<Slice, 'requests' | 'perSecond' | 'failures'> {
  const requests = figure(stdout, /(\d+) succeeded/)
  // Requests that the end of the time cuts are none.
  const failures =
    figure(stdout, /(\d+) failed/) +
    figure(stdout, /(\d+) timeout/) +
    figure(stdout, /status codes: \d+ 2xx, \d+ 3xx, (\d+) 4xx/) +
    figure(stdout, /(\d+) 5xx/)
  return { requests, perSecond: requests / seconds, failures }
}

function figure(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`h2load printed no ${pattern.source}: ${text}`)
  return Number(found[1])
}
