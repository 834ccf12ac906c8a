import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CLI_PAGE_FILE, renderCliPage } from './cli-docs.ts'

test('docs/CLI.md is what `node test/drift/cli-docs.ts` writes', async () => {
  expect(readFileSync(CLI_PAGE_FILE, 'utf8')).toBe(await renderCliPage())
})
