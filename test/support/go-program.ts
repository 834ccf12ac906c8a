/** Builds programs written in Go, each from a folder of `test/support/go` with its own go.mod and go.sum. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const run = promisify(execFile)
const SOURCES = ['go.mod', 'go.sum', 'main.go']
const LIMIT_MILLIS = 900_000

/** The programs and their packages; `.` = the folder's own. */
const PACKAGES = {
  compose: '.',
  cosign: 'github.com/sigstore/cosign/v3/cmd/cosign',
  istio: '.',
  istioctl: 'istio.io/istio/istioctl/cmd/istioctl',
  crane: 'github.com/google/go-containerregistry/cmd/crane',
  h2spec: 'github.com/summerwind/h2spec/cmd/h2spec',
  regctl: 'github.com/regclient/regclient/cmd/regctl',
  registry: 'github.com/distribution/distribution/v3/cmd/registry',
  wasmpull: '.',
} as const

export type GoProgram = keyof typeof PACKAGES

/** Programs that are built in the folder of another one: they share its dependencies. */
const FOLDERS: { readonly [name in GoProgram]?: GoProgram } = { istioctl: 'istio' }

/** Path of the program, built once per version of its sources; throws with the reason when it cannot be had. */
export async function goProgram(name: GoProgram): Promise<string> {
  const source = join(import.meta.dirname, 'go', FOLDERS[name] ?? name)
  const sum = createHash('sha256')
  for (const file of SOURCES) if (existsSync(join(source, file))) sum.update(readFileSync(join(source, file)))
  const folder = await cached(`go-${name}-${sum.digest('hex').slice(0, 16)}`, (target) =>
    build(source, PACKAGES[name], join(target, name)),
  )
  return join(folder, name)
}

async function build(source: string, what: string, target: string): Promise<void> {
  const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', target, what]
  try {
    await run('go', args, { cwd: source, env: { ...process.env, CGO_ENABLED: '0' }, timeout: LIMIT_MILLIS })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(`cannot build ${what} with Go: ${(stderr || message).trim().split('\n').at(-1)}`, { cause: error })
  }
}
