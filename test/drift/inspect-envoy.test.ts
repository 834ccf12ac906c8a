/** What `sluice inspect` says of a module is what a real Envoy says when it loads it. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrap, chainFilters } from '../../bench/load/bootstrap.ts'
import { MODULE_VERDICTS, START_VERDICTS } from '../host/plugin/module-verdicts.ts'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { fetchOrReason } from './config-tools.ts'

const { value: envoy, reason: missing } = await fetchOrReason(fetchEnvoy)
let folder = ''

/** Envoy's log and exit code after it has loaded the module and bound nothing. */
async function judgeByEnvoy(code: Uint8Array): Promise<{ accepts: boolean; log: string }> {
  const wasm = join(folder, 'module.wasm')
  const config = join(folder, 'bootstrap.json')
  await writeFile(wasm, code)
  await writeFile(
    config,
    bootstrap({ port: 1, adminPort: 2, upstreamPort: 3 }, chainFilters({ wasm, copies: 1, configuration: '' })),
  )
  const args = ['--mode', 'validate', '-l', 'error', '--use-dynamic-base-id', '-c', config]
  return new Promise((resolve) => {
    execFile(envoy!, args, (error, _stdout, stderr) => resolve({ accepts: error === null, log: stderr }))
  })
}

describe.skipIf(envoy === null)(`the verdicts on modules are those of Envoy${missing}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-modules-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(MODULE_VERDICTS)('$name', async ({ code, faults }) => {
    const { accepts, log } = await judgeByEnvoy(code())
    expect({ accepts, log }).toMatchObject({ accepts: faults.length === 0 })
    if (faults.length > 0) expect(log).toContain(faults[0]!.replace(/^\w+: /, ''))
  })

  it.each(START_VERDICTS.filter(({ notEnvoy }) => notEnvoy === ''))('$name', async ({ code, fault }) => {
    const { accepts, log } = await judgeByEnvoy(code())
    expect(accepts).toBe(false)
    expect(log).toContain(fault.replace(/^\w+: /, ''))
  })
})
