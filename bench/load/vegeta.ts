/** One slice of load by vegeta: requests at a steady rate, whether or not earlier ones were answered, on core 0. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { goProgram } from '../../test/support/go-program.ts'
import { HEADERS, type Slice } from './slice.ts'

interface Report {
  readonly requests: number
  readonly throughput: number
  readonly success: number
  /** Nanoseconds. */
  readonly latencies: { readonly '50th': number; readonly '99th': number }
}

/** Runs vegeta for `seconds` against a URL with at most 128 connections. */
export async function runVegeta(work: string, url: string, rate: number, seconds: number): Promise<Slice> {
  const vegeta = await goProgram('vegeta')
  const results = join(work, 'vegeta.bin')
  const targets = join(work, 'vegeta.txt')
  writeFileSync(targets, `GET ${url}\n`)
  const headers = Object.entries(HEADERS).map(([name, value]) => `-header=${name}: ${value}`)
  const pace = [`-rate=${rate}`, `-duration=${seconds}s`, '-workers=64', '-max-workers=512', '-connections=128']
  const attack = spawn('taskset', ['-c', '0', vegeta, 'attack', ...pace, ...headers, `-targets=${targets}`, `-output=${results}`])
  await once(attack, 'close')
  const report = spawn(vegeta, ['report', '-type=json', results])
  const told = (await json(report.stdout)) as Report
  return {
    requests: told.requests,
    perSecond: told.throughput,
    p50: told.latencies['50th'] / 1e6,
    p99: told.latencies['99th'] / 1e6,
    failures: Math.round(told.requests * (1 - told.success)),
  }
}
