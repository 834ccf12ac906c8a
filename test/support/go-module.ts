/** Builds Go packages for wasip1 with the Go on this machine. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const SOURCES = ['main.go', 'go.mod', 'go.sum']

/** Path of `<name>.wasm`, a reactor built once per version of the package's sources. */
export async function goModule(source: string, name: string): Promise<string> {
  const sum = createHash('sha256')
  for (const file of SOURCES) sum.update(readFileSync(join(source, file)))
  const folder = await cached(`guest-go-${name}-${sum.digest('hex').slice(0, 16)}`, async (target) => {
    const env = { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm' }
    const args = ['build', '-buildmode=c-shared', '-ldflags=-s -w', '-o', join(target, `${name}.wasm`), '.']
    await promisify(execFile)('go', args, { cwd: source, env })
  })
  return join(folder, `${name}.wasm`)
}
