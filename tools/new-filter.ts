/** `npm run new:filter -- <name> [template]`: a filter of the suite that builds and passes its cases, from a template of `sluice init`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkFilterName, readTemplate, writeFiles } from '../host/project/templates.ts'
import { root } from './checks/sources.ts'

const [name = '', template = 'header'] = process.argv.slice(2)
const target = join(root, 'filters', name)
try {
  checkFilterName(name)
  if (existsSync(target)) throw new Error(`${target} exists already`)
  writeFiles(
    target,
    readTemplate(template, name).filter(({ file }) => !file.endsWith('.test.ts')),
  )
  console.log(`${target}\nnext: npm test -- test/filters -t '${name}', then edit config.ts and cases.yaml`)
} catch (error) {
  console.error(`sluice: ${(error as Error).message}`)
  process.exitCode = 2
}
