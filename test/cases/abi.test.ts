/** The ABI in every version and the life of plugins, through every judge. */
import { join } from 'node:path'
import { assembleGuest, compileGuest } from '../support/guests.ts'
import { describeTables } from './describe.ts'
import { allJudges } from './judges/all.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'

const folder = join(import.meta.dirname, 'guests/abi')
const COMPILED = ['v0-1-0', 'v0-2-0', 'life', 'start', 'environment', 'dns']
const WRITTEN = ['no-memory', 'imported-memory']

const tables = [...COMPILED, ...WRITTEN].map((name) => loadTable(join(folder, `${name}.yaml`)))
const modules = new Map<string, string>()
for (const name of COMPILED) modules.set(name, await compileGuest(join(folder, `${name}.ts`)))
for (const name of WRITTEN) modules.set(name, await assembleGuest(join(folder, `${name}.wat`)))
const pathOf = (name: string): string => modules.get(name)!

describeTables(tables, allJudges(pathOf))
