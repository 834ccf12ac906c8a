/** `sluice init`, and `npm create sluice`: the project of a new filter. */
import { relative } from 'node:path'
import { Argument, Option } from 'commander'
import { initProject, type NewProject } from '../project/init.ts'
import { TEMPLATES, type TemplateName } from '../project/templates.ts'
import type { AddCommand } from './commands.ts'

export const addInitCommand: AddCommand = (program, { output }) => {
  const kinds = Object.entries(TEMPLATES).map(([name, shows]) => `${name} ${shows}`)
  program
    .command('init')
    .description('begin a filter: a project that compiles and passes its tests as it is')
    .addArgument(new Argument('[dir]', 'an empty or new folder, which names the filter').default('.'))
    .addOption(
      new Option('-t, --template <name>', `what the filter begins with: ${kinds.join('; ')}`)
        .choices(Object.keys(TEMPLATES))
        .default('header'),
    )
    .action((folder: string, { template }: { template: TemplateName }) => {
      const project = initProject(folder, template)
      output.result(project, createdText(project))
      output.note(nextText(project))
    })
}

function createdText({ files }: NewProject): string {
  return files.map((file) => `created ${file}`).join('\n')
}

function nextText({ folder }: NewProject): string {
  const place = relative(process.cwd(), folder)
  const steps = ['npm install', 'npm test', 'npm start']
  return `\nnext:\n${[...(place === '' ? [] : [`cd ${place}`]), ...steps].map((step) => `  ${step}`).join('\n')}`
}
