/** The pages about the ABI say what the record and the known differences say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { abiSupportPage, DIFFERENCES_HEAD, differencesTable } from './pages.ts'

const docs = join(import.meta.dirname, '../../docs')

test('docs/ABI-SUPPORT.md is the one of the record: npm run test:conformance -- --record', () => {
  expect(readFileSync(join(docs, 'ABI-SUPPORT.md'), 'utf8')).toBe(abiSupportPage())
})

test('docs/HOST-DIFFERENCES.md lists the differences that the kit knows, and no other', () => {
  const lines = readFileSync(join(docs, 'HOST-DIFFERENCES.md'), 'utf8').split('\n')
  const rest = lines.slice(lines.indexOf(DIFFERENCES_HEAD) + 2)
  expect(rest.slice(0, rest.indexOf(''))).toEqual(differencesTable())
})
