/** Compiles one module: `asc` with the flags of filters/asconfig.json or the filter's own, the source map beside the module. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './checks/sources.ts'

/** Compiles a source of the repository, by paths from its root; the compiler's faults, or null. */
export function compileFilter(source: string, output: string): string | null {
  const own = join(dirname(source), 'asconfig.json')
  const config = existsSync(join(root, own)) ? own : 'filters/asconfig.json'
  const args = [source, '--config', config, '--sourceMap', '-o', output]
  const result = spawnSync('asc', args, { cwd: root, encoding: 'utf8' })
  if (result.error !== undefined) return `cannot run asc: ${result.error.message}`
  return result.status === 0 ? null : `${output}: ${result.stdout}${result.stderr}`
}
