/**
 * Runs the specs of the SDK's modules (`test/sdk/guests/specs`) in two builds: as filters are built, and with checked memory,
 * where every block is guarded and filled when it is freed, garbage is collected between all callbacks, and a spec
 * that leaves a block behind fails. What each spec allocated stands in `.reports/sdk-memory.json` afterwards.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CHECKED_MEMORY, sdkGuestModule } from './support/compile-sdk-guest.ts'
import { RecordingHost } from './support/recording-host.ts'

const source = join(import.meta.dirname, 'guests/specs/index.ts')
const reports = join(import.meta.dirname, '../../.reports')

const options = ['--config', 'test/sdk/guests/specs/asconfig.json']
const plain = readFileSync(await sdkGuestModule(source, ...options))
const checked = readFileSync(await sdkGuestModule(source, ...options, ...CHECKED_MEMORY))

/** Names of all specs, in order. */
function names(wasm: Buffer): string[] {
  const guest = new RecordingHost(wasm)
  guest.call('tellNames')
  return guest.logs.map((name) => Buffer.from(name, 'latin1').toString())
}

/** Runs one spec in a VM of its own; throws what it says when it is not true. */
function run(wasm: Buffer, index: number): { readonly leaked: number; readonly blocks: number; readonly bytes: number } {
  const guest = new RecordingHost(wasm)
  const before = guest.call('liveBlocks')
  try {
    guest.call('runSpec', index)
  } catch (error) {
    throw new Error(Buffer.from(guest.logs.at(-1) ?? String(error), 'latin1').toString(), { cause: error })
  }
  const leaked = guest.call('liveBlocks') - before
  return { leaked, blocks: guest.call('madeBlocks'), bytes: guest.call('madeBytes') }
}

describe('as filters are built', () => {
  it.each(names(plain).map((name, i) => [name, i] as const))('%s', (_name, index) => {
    expect(run(plain, index).leaked).toBe(0)
  })
})

describe('with checked memory', () => {
  const report: Record<string, { blocks: number; bytes: number; leaked: number }> = {}

  afterAll(() => {
    mkdirSync(reports, { recursive: true })
    writeFileSync(join(reports, 'sdk-memory.json'), `${JSON.stringify(report, null, 2)}\n`)
  })

  it.each(names(checked).map((name, i) => [name, i] as const))('%s', (name, index) => {
    report[name] = run(checked, index)
    expect(report[name].leaked).toBeLessThanOrEqual(0)
    expect(report[name].blocks).toBeGreaterThan(0)
  })
})
