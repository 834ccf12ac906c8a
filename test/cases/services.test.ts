/** What stands behind the hostcalls, through every judge, by a guest that does what a case says. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compileGuest } from '../support/guests.ts'
import { describeTables } from './describe.ts'
import { envoyJudge } from './judges/envoy.ts'
import { harnessJudge } from './judges/harness.ts'
import { hostJudge } from './judges/host.ts'
import { loadTable } from './load-table.ts'

const folder = join(import.meta.dirname, 'guests/script')
const tables = readdirSync(folder).map((file) => loadTable(join(folder, file)))
const script = await compileGuest(join(import.meta.dirname, 'guests/script.ts'))
const modules = (): string => script

describeTables(tables, [harnessJudge(modules), hostJudge(modules), envoyJudge(modules)])
