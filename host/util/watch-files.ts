/** Tells of changed contents of single files, also of those that an editor or a mounted volume replaces. */
import { createHash } from 'node:crypto'
import { readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { attempt } from './attempt.ts'

/** A file is written in several steps. */
const QUIET_MILLIS = 50

/**
 * Calls back after each change of what the files hold; returns what ends that. Folders are watched, since a volume
 * changes by a link beside the file; what else changes in them is not told. Throws SLUICE_CONFIG_FILE for a folder that
 * is not there. `watched`: a folder that is looked at instead of the files' own ones; null = there is none.
 */
export function watchFiles(paths: readonly string[], onChange: () => void, watched: string | null = null): () => void {
  let seen = fingerprint(paths)
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    const before = seen
    seen = fingerprint(paths)
    if (seen !== before) onChange()
  }
  const onEvent = (): void => {
    clearTimeout(timer)
    timer = setTimeout(look, QUIET_MILLIS)
  }
  const folders = new Set(watched === null ? paths.map((path) => dirname(path)) : [watched])
  const watchers = [...folders].map((folder) =>
    attempt('SLUICE_CONFIG_FILE', 'Cannot watch the folder', { path: folder }, () => watch(folder, onEvent)),
  )
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}

function fingerprint(paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(`${path}\0`).update(contentsOf(path))
  return hash.digest('hex')
}

/** Empty for a file that is gone: whoever reads it next says so. */
function contentsOf(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch {
    return new Uint8Array(0)
  }
}
