/** Holds what published packages bring with them: known names, licences that fit ours, no install scripts. */
import { productionDependencies } from '../dependencies.ts'
import { read } from './sources.ts'

/** Names and licences that were looked at; docs/RATIONALE.md has the reasons of the direct ones. */
const ALLOWED_FILE = 'tools/checks/allowed-dependencies.json'

/** Packages that a user may install without running their script: they bring a prebuilt library. */
const SCRIPT_NOT_NEEDED = new Set(['koffi'])

const LICENSES = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'])

const PUBLISHED = ['sdk', 'filters', 'host', 'create-sluice']

/** Each licence of an SPDX expression has to do. */
function isFree(expression: string): boolean {
  return expression
    .replaceAll(/[()]/g, '')
    .split(/ (?:AND|OR) /)
    .every((license) => LICENSES.has(license))
}

/** Every dependency that nobody has looked at, or that is not as it was then. */
export function checkDependencies(): string[] {
  const allowed = JSON.parse(read(ALLOWED_FILE)) as Record<string, string>
  const all = new Map(PUBLISHED.flatMap(productionDependencies).map((one) => [one.name, one]))
  const faults: string[] = []
  for (const { name, license, hasInstallScript } of all.values()) {
    if (allowed[name] !== license) faults.push(`${name}: ${license} is not in ${ALLOWED_FILE}: look at it, then add it`)
    if (!isFree(license)) faults.push(`${name}: licence ${license}`)
    if (hasInstallScript && !SCRIPT_NOT_NEEDED.has(name)) faults.push(`${name}: has an install script`)
  }
  const unused = Object.keys(allowed).filter((name) => !all.has(name))
  return [...faults, ...unused.map((name) => `${name}: in ${ALLOWED_FILE}, but nothing depends on it`)]
}
