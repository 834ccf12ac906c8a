/** The page of differences and the rows hold each other: a difference without a line, or a line without one, fails. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TABLE_HEAD, differenceTable } from './difference-table.ts'
import { DIFFERENCES } from './rows/differences.ts'
import { ROWS } from './rows/index.ts'

const PAGE = join(import.meta.dirname, '../../../docs/HOST-DIFFERENCES.md')

test('docs/HOST-DIFFERENCES.md lists every difference on the wire, and no other', () => {
  const lines = readFileSync(PAGE, 'utf8').split('\n')
  const first = lines.indexOf(TABLE_HEAD) + 2
  const rest = lines.slice(first)
  expect(rest.slice(0, rest.indexOf(''))).toEqual(differenceTable(ROWS))
})

test('every difference belongs to a row, and every row has a name of its own', () => {
  const ids = ROWS.map(({ id }) => id)
  expect(Object.keys(DIFFERENCES).filter((id) => !ids.includes(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
})
