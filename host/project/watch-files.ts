/** Tells of changes of single files, also of those that an editor replaces. */
import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { attempt } from '../util/attempt.ts'

/** Editors write a file in several steps. */
const QUIET_MILLIS = 30

/** Calls back after each change of one of the files; returns what ends that. Throws SLUICE_CONFIG_FILE for a folder that is not there. */
export function watchFiles(paths: readonly string[], onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const onEvent = (): void => {
    clearTimeout(timer)
    timer = setTimeout(onChange, QUIET_MILLIS)
  }
  const folders = Map.groupBy(paths, (path) => dirname(path))
  const watchers = [...folders].map(([folder, files]) => {
    const names = new Set(files.map((file) => basename(file)))
    const onAny = (_: string, name: string | null): void => {
      if (name !== null && names.has(name)) onEvent()
    }
    return attempt('SLUICE_CONFIG_FILE', 'Cannot watch the file', { path: files[0]! }, () => watch(folder, onAny))
  })
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
