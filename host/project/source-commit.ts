/** The git commit that a project's sources are at. */
import { execFileSync } from 'node:child_process'

/** What is known of it; `commit` is null when the folder belongs to no repository, the repository has no commit, or there is no git. */
export interface SourceCommit {
  readonly commit: string | null
  /** Whether the folder differs from it, new files included. */
  readonly isChanged: boolean
}

export function sourceCommit(folder: string): SourceCommit {
  const commit = git(folder, 'rev-parse', '--verify', 'HEAD')
  return { commit, isChanged: commit !== null && git(folder, 'status', '--porcelain', '--', '.') !== '' }
}

/** What git says; null when it fails. */
function git(folder: string, ...args: string[]): string | null {
  try {
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}
