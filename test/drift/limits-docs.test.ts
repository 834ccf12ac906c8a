import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as limits from '../../host/abi/limits.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/HOSTILE-FILTERS.md'), 'utf8')

/** Names and numbers of the table of limits. */
function documented(): Record<string, string> {
  const rows = PAGE.matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \| ([\d, ]+?) \|/gm)
  return Object.fromEntries([...rows].flatMap(([, names, numbers]) => pairs(names!, numbers!)))
}

function pairs(names: string, numbers: string): [string, string][] {
  const values = numbers.split(', ')
  return names.split(', ').map((name, index) => [name.replaceAll('`', ''), values[index]!])
}

test('docs/HOSTILE-FILTERS.md has every limit of host/abi/limits.ts with its number', () => {
  const real = Object.entries(limits).map(([name, value]): [string, string] => [name, String(value)])
  expect(documented()).toEqual(Object.fromEntries(real))
})
