/**
 * The templates of new filters. A template is a filter as the suite's are (code, schema, example, cases, page), in a folder
 * of its own under `templates/`, with three spellings of the name `template-name`.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SluiceError } from '../errors.ts'

export const TEMPLATE_FOLDER = join(import.meta.dirname, '../templates')

/** What each template shows. */
export const TEMPLATES = {
  header: 'reads and changes headers',
  body: 'holds a body to its end and changes it',
  callout: 'asks another service before a request goes on',
  tcp: 'looks at connections and their bytes',
} as const

export type TemplateName = keyof typeof TEMPLATES

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** Throws unless it can name a filter and its npm package. */
export function checkFilterName(name: string): void {
  if (NAME.test(name)) return
  throw new SluiceError('SLUICE_PROJECT_NAME', 'Not a name of a filter', {
    seen: `'${name}'`,
    wanted: 'lower-case words joined by dashes',
  })
}

/** A file of a template: where it comes from, and the text that it has under the new name. */
export interface TemplateFile {
  readonly file: string
  readonly text: string
}

/** The files of one folder of templates, folders below it included, with the name filled in. */
export function readTemplate(folder: string, name: string): TemplateFile[] {
  const source = join(TEMPLATE_FOLDER, folder)
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ file: path.slice(source.length + 1), text: rename(readFileSync(path, 'utf8'), name) }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: readonly TemplateFile[]): void {
  for (const { file, text } of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
}

/** Replaces the template's three spellings of its name. */
function rename(text: string, name: string): string {
  return text
    .replaceAll('template-name', name)
    .replaceAll('template_name', name.replaceAll('-', '_'))
    .replaceAll('TemplateName', pascalCase(name))
}

function pascalCase(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}
