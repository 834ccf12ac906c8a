/** What a filter's project says where a command line says nothing. */
import { existsSync } from 'node:fs'
import { filterName, isProject, projectPath, readProject, type Project } from '../project/project.ts'

export interface ProjectDefaults {
  readonly name?: string
  readonly rootId?: string
  /** The image of the project's version; absent = the project says not where it is published. */
  readonly image?: string
  /** Path of the module. */
  readonly file?: string
  /** Files that are there. */
  readonly config?: string
  readonly schema?: string
}

/** Of the project in a folder; nothing when the folder has none. Throws SLUICE_PROJECT_INVALID. */
export async function projectDefaults(folder: string): Promise<ProjectDefaults> {
  if (!isProject(folder)) return {}
  const project = await readProject(folder)
  if (!existsSync(projectPath(project, 'entry'))) return {}
  const { image, rootIds } = project.settings
  const { version } = project.packageJson
  return {
    name: filterName(project),
    file: project.settings.module,
    ...(rootIds[0] === undefined ? {} : { rootId: rootIds[0] }),
    ...(image === '' ? {} : { image: version === undefined ? image : `${image}:${version}` }),
    ...presentFile(project, 'config'),
    ...presentFile(project, 'schema'),
  }
}

function presentFile(project: Project, setting: 'config' | 'schema'): ProjectDefaults {
  const path = projectPath(project, setting)
  return existsSync(path) ? { [setting]: path } : {}
}
