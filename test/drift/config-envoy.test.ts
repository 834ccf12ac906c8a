import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { fetchOrReason } from './config-tools.ts'
import { VERDICTS } from '../host/config/verdicts.ts'

const run = promisify(execFile)
const { value: envoy, reason: missing } = await fetchOrReason(fetchEnvoy)
let folder = ''

/** Envoy parses, checks and builds everything, but binds nothing. */
async function isAcceptedByEnvoy(text: string): Promise<boolean> {
  const file = join(folder, 'bootstrap.yaml')
  await writeFile(file, text)
  const args = ['--mode', 'validate', '-l', 'off', '--use-dynamic-base-id', '-c', file]
  return run(envoy!, args).then(
    () => true,
    () => false,
  )
}

describe.skipIf(envoy === null)(`the verdicts of the configuration are those of Envoy${missing}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-config-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(VERDICTS)('$name', async ({ text, faults, reason }) => {
    const isAcceptedHere = faults === null
    const hasReason = reason !== undefined
    expect({ differs: (await isAcceptedByEnvoy(text)) !== isAcceptedHere, reason }).toEqual({ differs: hasReason, reason })
  })
})
