/** h2spec, an independent judge of HTTP/2 servers, against a listener: every case passes. Needs Go. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { goProgram } from '../../support/go-program.ts'
import { serveBefore, type Served } from './origin.ts'

const LIMIT = 120_000
const { value: h2spec, reason: missing } = await fetchOrReason(() => goProgram('h2spec'))

describe.skipIf(h2spec === null)(`h2spec${missing}`, () => {
  // An answer before the request's end would end streams that cases want to go on with; a small window needs a body.
  const upstream = createServer((message, answer) => void message.resume().on('end', () => answer.end('x'.repeat(100))))
  let served: Served

  beforeAll(async () => {
    served = await serveBefore(upstream, { codec_type: 'HTTP2' })
  })

  afterAll(() => served.stop())

  test.each([
    ['passes every case', [], '145 tests, 145 passed, 0 skipped, 0 failed'],
    ['passes every strict case', ['--strict'], '146 tests, 146 passed, 0 skipped, 0 failed'],
  ])('%s', { timeout: LIMIT }, async (_, flags, wanted) => {
    const report = await run(served.port, flags)
    // A failure shows which cases it was.
    expect(report.filter((line) => line.includes('×'))).toEqual([])
    expect(report.at(-1)).toBe(wanted)
  })
})

async function run(port: number, flags: readonly string[]): Promise<string[]> {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-P', '/', '-o', '5', ...flags]
  const { stdout } = await promisify(execFile)(h2spec!, args, { maxBuffer: 1 << 24 }).catch(
    (error: Error & { stdout: string }) => error,
  )
  return stdout.trim().split('\n')
}
