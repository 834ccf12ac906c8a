import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const root = join(fileURLToPath(import.meta.url), '../../..')

const SKIPPED = new Set(['node_modules', 'gen', 'dist', 'templates', '.staging', '.git'])

/** Repository-relative paths of all files below a folder that end in `suffix`, generated folders left out. */
export function sources(folder: string, suffix = '.ts'): string[] {
  const found: string[] = []
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue
      const child = join(path, entry.name)
      if (entry.isDirectory()) walk(child)
      else if (entry.name.endsWith(suffix)) found.push(relative(root, child))
    }
  }
  walk(join(root, folder))
  return found.toSorted()
}

/** Text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Line number of an offset in a text, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
