/** A chain of filters as modules of their own, and as one bundle. */
import { join } from 'node:path'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'
import { withBundles } from './bundle.ts'
import { describeTables } from './describe.ts'
import { envoyJudge } from './judges/envoy.ts'
import { harnessJudge } from './judges/harness.ts'
import { hostJudge } from './judges/host.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'

const folder = join(import.meta.dirname, 'guests')
const link = await sdkGuestModule(join(folder, 'chain/link.ts'))
const bundle = await sdkGuestModule(join(folder, 'chain/bundle.ts'))
const modules = (filter: string): string => (filter === 'link' ? link : bundle)

const table = withBundles(loadTable(join(folder, 'chain.yaml')), () => 'link-bundle')
describeTables([table], [harnessJudge(modules), hostJudge(modules), envoyJudge(modules)])
