/** The flags of commands that work on a project; each is a setting of it. */
import type { Command } from 'commander'
import { readProject, type Project } from '../project/project.ts'
import { DEFAULT_SETTINGS, type PartialSettings } from '../project/settings.ts'

/** Adds `--entry` and `--module`. */
export function addProjectFlags(command: Command): Command {
  return command
    .option('--entry <file>', `source that is compiled (default: ${DEFAULT_SETTINGS.entry})`)
    .option('--module <file>', `module that is made of it (default: ${DEFAULT_SETTINGS.module})`)
}

/** The project in the working directory, under the flags. */
export function projectHere({ entry, module }: PartialSettings): Promise<Project> {
  return readProject(process.cwd(), { entry, module })
}
