/** Ten thousand failures, ten thousand refused loads, a million requests leave the process as large as it was; a part of them in `npm test`. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { TEST_ENGINES } from '../../support/engines.ts'

const run = promisify(execFile)
const IS_FULL = process.env['SLUICE_FULL'] === '1'
const MIB = 1024 * 1024

interface Growth {
  readonly live: number
  readonly resident: number
}

/** Bytes that the process has grown by; what is resident over the second half alone. */
async function growth(kind: string, count: number, engine: string): Promise<Growth> {
  const script = join(import.meta.dirname, 'soak.ts')
  const { stdout } = await run(process.execPath, ['--expose-gc', '--no-warnings', script, kind, String(count), engine])
  return JSON.parse(stdout) as Growth
}

describe.each(TEST_ENGINES)('on %s memory stays flat', { timeout: IS_FULL ? 1_800_000 : 120_000 }, (engine) => {
  test.each([
    ['traps', 10_000, 500],
    ['refusals', 10_000, 500],
    ['requests', 1_000_000, 10_000],
  ])('over %s', async (kind, full, part) => {
    const { live, resident } = await growth(kind, IS_FULL ? full : part, engine)
    // A kept context or VM would be 10 MiB of live bytes already. What is resident moves by steps of 16 MiB by which a heap
    // grows, and by some of collector and allocator: two such steps are no leak where nothing lives.
    expect(live / MIB).toBeLessThan(IS_FULL ? 8 : 2)
    expect(resident / MIB).toBeLessThan(48)
  })
})
