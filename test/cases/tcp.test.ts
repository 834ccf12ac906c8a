/** Connections through a filter on the SDK, by every judge. */
import { join } from 'node:path'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'
import { describeTables } from './describe.ts'
import { allJudges } from './judges/all.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'

const folder = join(import.meta.dirname, 'guests')
const guest = await sdkGuestModule(join(folder, 'tcp.ts'))

describeTables(
  [loadTable(join(folder, 'tcp.yaml'))],
  allJudges(() => guest),
)
