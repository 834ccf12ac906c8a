/** A module that the SDK of another language made, of Rust, through every judge. */
import { join } from 'node:path'
import { describe } from 'vitest'
import { describeTables } from '../../cases/describe.ts'
import { allJudges } from '../../cases/judges/all.ts'
import { loadTable } from '../../../host/testing/cases/load-table.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { rustModule } from '../../support/rust-module.ts'

const here = import.meta.dirname

const { value: module, reason } = await fetchOrReason(() => rustModule(here, 'rust-sdk'))

describe.skipIf(module === null)(`the module of the Rust SDK${reason}`, () => {
  const path = (): string => module!
  describeTables([loadTable(join(here, 'cases.yaml'))], allJudges(path))
})
