/** gRPC and foreign functions through the SDK, by every judge. */
import { join } from 'node:path'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'
import { describeTables } from './describe.ts'
import { allJudges } from './judges/all.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'

const folder = join(import.meta.dirname, 'guests')

for (const name of ['grpc', 'foreign']) {
  const guest = await sdkGuestModule(join(folder, `${name}.ts`))
  describeTables(
    [loadTable(join(folder, `${name}.yaml`))],
    allJudges(() => guest),
  )
}
