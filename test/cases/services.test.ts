/** What stands behind the hostcalls, through every judge, by a guest that does what a case says. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compileGuest } from '../support/guests.ts'
import { describeTables } from './describe.ts'
import { allJudges } from './judges/all.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'

const folder = join(import.meta.dirname, 'guests/script')
const tables = readdirSync(folder).map((file) => loadTable(join(folder, file)))
const script = await compileGuest(join(import.meta.dirname, 'guests/script.ts'))
const modules = (): string => script

describeTables(tables, allJudges(modules))
