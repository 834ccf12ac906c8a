/** Finds programs as a shell does. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of a program on PATH; null = there is none. */
export function findProgram(name: string, { PATH: path = '' }: NodeJS.ProcessEnv): string | null {
  const folders = path.split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
