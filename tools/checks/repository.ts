/** What must never be committed: paths of a machine, addresses in the lock file, keys, binaries. */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { lineOf, read, root } from './sources.ts'

const TEXT_RULES: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /"resolved": "(?:https?|git)/g, why: 'the lock file names a registry: install with the .npmrc of this repository' },
  { pattern: /(?:^|[\s"'`(=])\/(?:home|root|Users)\/[\w.-]+/gm, why: 'a path of one machine' },
  { pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/g, why: 'a private key' },
]

function tracked(): string[] {
  return execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean)
}

function isPresent(path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false
}

/** Every breach in the tracked files. */
export function checkRepository(): string[] {
  const faults: string[] = []
  for (const path of tracked().filter(isPresent)) {
    if (/\.(wasm|proto\.bin|so|node)$/.test(path)) faults.push(`${path}: a binary: build or fetch it`)
    if (path.startsWith('tools/checks/')) continue
    const text = read(path)
    for (const { pattern, why } of TEXT_RULES) {
      for (const match of text.matchAll(pattern)) faults.push(`${path}:${lineOf(text, match.index)}: ${match[0].trim()}: ${why}`)
    }
  }
  return faults
}
