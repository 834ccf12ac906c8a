/** The tables of all filters once more, with clients that speak HTTP/2: in host and Envoy a filter sees no difference. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadTable } from '../../../host/testing/cases/load-table.ts'

// Read when the judges are loaded.
process.env['SLUICE_CLIENT'] = 'http2'
const { describeTables } = await import('../../cases/describe.ts')
const { hostJudge } = await import('../../cases/judges/host.ts')
const { envoyJudge } = await import('../../cases/judges/envoy.ts')

const filters = join(import.meta.dirname, '../../../filters')
const files = readdirSync(filters)
  .map((name) => join(filters, name, 'cases.yaml'))
  .filter((file) => existsSync(file))

describeTables(files.map(loadTable), [hostJudge(), envoyJudge()])
