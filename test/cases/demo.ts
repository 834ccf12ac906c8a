/** The runner's own table and the modules that its tests run. */
import { join } from 'node:path'
import { compileGuest } from '../support/guests.ts'
import type { ModulePath } from './judges/socket-config.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'
import type { Table } from '../../host/testing/cases/table.ts'

const folder = join(import.meta.dirname, 'guests')

export function demoTable(): Table {
  return loadTable(join(folder, 'demo.yaml'))
}

/** Compiles the guest when it is not in the cache. */
export async function demoModules(): Promise<ModulePath> {
  const demo = await compileGuest(join(folder, 'demo.ts'))
  return () => demo
}
