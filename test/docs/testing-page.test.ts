/** The example of docs/TESTING.md runs as it stands there, and its comments are true. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestHost } from '../../host/testing/index.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/TESTING.md'), 'utf8')

/** `expression // value` becomes a comparison; the import is a parameter. */
function toProgram(code: string): string {
  const lines = code.split('\n').filter((line) => !line.startsWith('import '))
  const body = lines.map((line) => line.replace(/^(\S.*) \/\/ (.*)$/, 'checks.push([`$1`, $1, $2])'))
  return `return (async () => { ${body.join('\n')} })()`
}

test('the example of docs/TESTING.md does what its comments say', async () => {
  const code = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const checks: [string, unknown, unknown][] = []
  // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval
  await new Function('createTestHost', 'checks', toProgram(code))(createTestHost, checks)
  expect(checks.length).toBe(6)
  expect(checks.map(([expression, seen]) => [expression, seen])).toEqual(
    checks.map(([expression, , wanted]) => [expression, wanted]),
  )
})
