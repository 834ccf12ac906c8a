import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestHost } from '../../host/testing/index.ts'
import { compileFile } from './support/compile-sdk-guest.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-trap-'))

afterAll(() => rmSync(folder, { recursive: true }))

test('a trap in the harness leads to the line of the filter, and through files of the SDK', async () => {
  const wasm = join(folder, 'trap.wasm')
  // Without optimization: else everything stands in one function.
  await compileFile('test/sdk/guests/trap.ts', wasm, '--sourceMap', '--debug', '--optimizeLevel', '0', '--shrinkLevel', '0')
  const host = createTestHost({ filters: [{ wasm }] })
  expect((await host.request()).status).toBe(503)
  const text = host
    .hostLogs()
    .map((line) => line.text)
    .join('\n')
  expect(text).toMatch(/Function: proxy_on_request_headers failed: .*divide by zero/)
  expect(text).toMatch(/ 0: .* at test\/sdk\/guests\/trap\.ts:19:\d+\n {2}1: .* at test\/sdk\/guests\/trap\.ts:14:\d+/)
  expect(text).toMatch(/ at @sluice\/sdk\/exports\/request\.ts:\d+:\d+/)
})
