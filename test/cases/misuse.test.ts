/** What would kill or corrupt a real Envoy is refused by the SDK, wherever the filter runs. */
import { join } from 'node:path'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'
import { describeTables } from './describe.ts'
import { allJudges } from './judges/all.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'

const folder = join(import.meta.dirname, 'guests')
const misuse = await sdkGuestModule(join(folder, 'misuse.ts'))
const modules = (): string => misuse

describeTables([loadTable(join(folder, 'misuse.yaml'))], allJudges(modules))
