/** Makes the project of a new filter, which compiles and passes its tests as it is. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { parse } from 'yaml'
import { SluiceError } from '../errors.ts'
import { checkFilterName, readTemplate, writeFiles, type TemplateFile, type TemplateName } from './templates.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

export interface NewProject {
  /** Absolute. */
  readonly folder: string
  readonly name: string
  /** What was written, from the folder. */
  readonly files: readonly string[]
}

/** Template with settings that are not the default. */
const SETTINGS: Readonly<Partial<Record<TemplateName, object>>> = { callout: { clusters: ['auth'] } }

/** Writes a project; its name is that of the folder. Throws when the folder is not empty, or cannot name a filter. */
export function initProject(folder: string, template: TemplateName): NewProject {
  const path = resolve(folder)
  const name = basename(path)
  checkFilterName(name)
  if (existsSync(path) && readdirSync(path).some((entry) => entry !== '.git')) {
    throw new SluiceError('SLUICE_PROJECT_EXISTS', 'Cannot begin a project here', { path, wanted: 'an empty or new folder' })
  }
  const files = projectFiles(name, template)
  writeFiles(path, files)
  return { folder: path, name, files: files.map(({ file }) => file) }
}

function projectFiles(name: string, template: TemplateName): TemplateFile[] {
  const common = readTemplate('project', name).map((one) => inCommon(one, template))
  const guide = common.find(({ file }) => file === 'README.md')!.text
  const own = readTemplate(template, name).map((one) => inProject(one, name, guide))
  return [...common.filter(({ file }) => file !== 'README.md'), ...own].toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

/** npm leaves a `.gitignore` out of packages. */
function inCommon({ file, text }: TemplateFile, template: TemplateName): TemplateFile {
  if (file === 'gitignore') return { file: '.gitignore', text }
  const settings = SETTINGS[template]
  if (file !== 'package.json' || settings === undefined) return { file, text }
  return { file, text: `${JSON.stringify({ ...JSON.parse(text), sluice: settings }, null, 2)}\n` }
}

/** Where a file of a filter stands in its project. */
function inProject({ file, text }: TemplateFile, name: string, guide: string): TemplateFile {
  if (file.endsWith('.test.ts')) return { file: `test/${file}`, text }
  if (file.endsWith('.ts')) return { file: `assembly/${file}`, text }
  if (file === 'example.yaml') return { file: DEFAULT_SETTINGS.config, text: configurationOf(text) }
  if (file !== 'README.md') return { file, text }
  return { file, text: `${text.replace(`filters/dist/${name}.wasm`, DEFAULT_SETTINGS.module)}\n${guide}` }
}

/** The plugin configuration of an example. */
function configurationOf(example: string): string {
  const { typed_config: typed } = parse(example) as { typed_config: { config: { configuration: { value: string } } } }
  return `${JSON.stringify(JSON.parse(typed.config.configuration.value), null, 2)}\n`
}
