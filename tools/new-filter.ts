/** `npm run new:filter -- <name>`: a filter that builds and passes its cases, copied from templates/filter. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './checks/sources.ts'

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

function pascalCase(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

/** Replaces the template's three spellings of its name. */
function rename(text: string, name: string): string {
  return text
    .replaceAll('template-name', name)
    .replaceAll('template_name', name.replaceAll('-', '_'))
    .replaceAll('TemplateName', pascalCase(name))
}

/** Writes `<folder>/<name>`; throws when the name is taken or not a filter's name. */
export function createFilter(name: string, folder: string): string {
  const target = join(folder, name)
  if (!NAME.test(name)) throw new Error(`name '${name}': wanted lower-case words joined by dashes`)
  if (existsSync(target)) throw new Error(`${target} exists already`)
  cpSync(join(root, 'templates/filter'), target, { recursive: true })
  for (const file of readdirSync(target)) {
    const path = join(target, file)
    writeFileSync(path, rename(readFileSync(path, 'utf8'), name))
  }
  return target
}

if (import.meta.main) {
  try {
    const target = createFilter(process.argv[2] ?? '', join(root, 'filters'))
    console.log(`${target}\nnext: npm test -- test/filters -t '${process.argv[2]}', then edit config.ts and cases.yaml`)
  } catch (error) {
    console.error(`sluice: ${(error as Error).message}`)
    process.exitCode = 2
  }
}
