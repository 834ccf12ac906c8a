/** Modules as the project in the current folder sees them. */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** URL of what a package's entry is to the project; throws when the project does not have the package. */
export function urlOfProject(specifier: string): string {
  return pathToFileURL(createRequire(resolve('package.json')).resolve(specifier)).href
}

/** Loads {@link urlOfProject}. */
export function importOfProject(specifier: string): Promise<unknown> {
  return import(urlOfProject(specifier))
}
