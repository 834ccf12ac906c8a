/** Every `filters/<name>/cases.yaml`, as a chain of modules and as a bundle, judged by every judge. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withBundles } from '../cases/bundle.ts'
import { describeTables } from '../cases/describe.ts'
import { allJudges } from '../cases/judges/all.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'

const filters = join(import.meta.dirname, '../../filters')
const files = readdirSync(filters)
  .map((name) => join(filters, name, 'cases.yaml'))
  .filter((file) => existsSync(file))
const tables = files.map(loadTable)

test.each(tables.map((table, index) => [table.filter, files[index]!] as const))(
  '%s: the table names its own folder',
  (filter, file) => {
    expect(file).toBe(join(filters, filter, 'cases.yaml'))
  },
)

/** Those that are given credentials must say which texts nobody may be told. */
test.each(['api-key-auth', 'auth-any', 'basic-auth', 'hmac-auth', 'jwt-authn', 'oidc', 'token-introspection'])(
  '%s names its secrets',
  (filter) => {
    const table = tables.find((one) => one.filter === filter)
    expect(table?.cases.every(({ secrets }) => secrets.length > 0)).toBe(true)
  },
)

describeTables(
  tables.map((table) => withBundles(table)),
  allJudges(),
)
