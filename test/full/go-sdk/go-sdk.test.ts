/** A module that the SDK of another language made, 2.7 MB of Go with its runtime, through every judge. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe } from 'vitest'
import { describeTables } from '../../cases/describe.ts'
import { envoyJudge } from '../../cases/judges/envoy.ts'
import { harnessJudge } from '../../cases/judges/harness.ts'
import { hostJudge } from '../../cases/judges/host.ts'
import { loadTable } from '../../cases/load-table.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { cached } from '../../support/cache.ts'

const here = import.meta.dirname

/** Builds the module with the Go on this machine, once per version of its sources. */
async function build(): Promise<string> {
  const sum = createHash('sha256')
  for (const name of ['main.go', 'go.mod', 'go.sum']) sum.update(readFileSync(join(here, name)))
  const folder = await cached(`guest-go-sdk-${sum.digest('hex').slice(0, 16)}`, async (target) => {
    const env = { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm' }
    const args = ['build', '-buildmode=c-shared', '-ldflags=-s -w', '-o', join(target, 'go-sdk.wasm'), '.']
    await promisify(execFile)('go', args, { cwd: here, env })
  })
  return join(folder, 'go-sdk.wasm')
}

const { value: module, reason } = await fetchOrReason(build)

describe.skipIf(module === null)(`the module of the Go SDK${reason}`, () => {
  const path = (): string => module!
  describeTables([loadTable(join(here, 'cases.yaml'))], [harnessJudge(path), hostJudge(path), envoyJudge(path)])
})
