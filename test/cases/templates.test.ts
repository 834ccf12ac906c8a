/** What a new project starts with is true, by every judge. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TEMPLATES, TEMPLATE_FOLDER } from '../../host/project/templates.ts'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'
import { describeTables } from './describe.ts'
import { allJudges } from './judges/all.ts'
import { parseTable } from '../../host/testing/cases/load-table.ts'

const kinds = Object.keys(TEMPLATES)
const modules = new Map<string, string>()
for (const kind of kinds) modules.set(`template-${kind}`, await sdkGuestModule(join(TEMPLATE_FOLDER, kind, 'index.ts')))

const tables = kinds.map((kind) => {
  const file = join(TEMPLATE_FOLDER, kind, 'cases.yaml')
  return parseTable(readFileSync(file, 'utf8').replaceAll('template-name', `template-${kind}`), file)
})

describeTables(
  tables,
  allJudges((filter) => modules.get(filter)!),
)
