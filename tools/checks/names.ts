/** One name, one meaning: no exported symbol of the host is declared in two files. */
import { read, sources } from './sources.ts'

const EXPORT = /^export (?:abstract )?(?:declare )?(?:const|let|function\*?|class|interface|type|async function) (\w+)/gm

/** Every exported name that two files declare. */
export function checkNames(): string[] {
  const homes = new Map<string, Set<string>>()
  for (const path of sources('host')) {
    for (const match of read(path).matchAll(EXPORT)) {
      const name = match[1]!
      homes.set(name, (homes.get(name) ?? new Set()).add(path))
    }
  }
  return [...homes]
    .filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => `${name} is exported by ${[...paths].join(' and ')}`)
}
