/** What a module was built from, kept beside it: as long as all of that is the same, it needs not be built again. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { digestOf } from '../oci/digest.ts'
import { projectPath, type Project } from './project.ts'

/** Digest of each file that the compiler has asked for, by its path from the project's folder; null = it was not there. */
export type BuildInputs = Readonly<Record<string, string | null>>

interface Stamp {
  /** Compiler, SDK and options. */
  readonly tool: string
  readonly inputs: BuildInputs
  /** Digest of what came of it. */
  readonly module: string
}

const STAMP = '.built.json'

/** Notes what the module was built from. */
export function writeStamp(project: Project, tool: string, inputs: BuildInputs): void {
  const stamp: Stamp = { tool, inputs, module: digestOfFile(projectPath(project, 'module')) ?? '' }
  writeFileSync(stampPath(project), JSON.stringify(stamp))
}

/** Whether a build with this tool would give the module that is there. */
export function isFresh(project: Project, tool: string): boolean {
  const stamp = readStamp(project)
  if (stamp === null || stamp.tool !== tool || digestOfFile(projectPath(project, 'module')) !== stamp.module) return false
  return Object.entries(stamp.inputs).every(([path, digest]) => digestOfFile(join(project.folder, path)) === digest)
}

/** Null for a file that is not there. */
export function digestOfFile(path: string): string | null {
  try {
    return digestOf(readFileSync(path))
  } catch {
    return null
  }
}

/** One that cannot be read is as good as none: there is a build. */
function readStamp(project: Project): Stamp | null {
  try {
    return JSON.parse(readFileSync(stampPath(project), 'utf8')) as Stamp
  } catch {
    return null
  }
}

function stampPath(project: Project): string {
  return join(dirname(projectPath(project, 'module')), STAMP)
}
