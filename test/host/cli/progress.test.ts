/** What people see of an upload on a terminal, and what `--verbose` is told of it. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withProgress } from '../../../host/cli/progress.ts'
import { openRepository } from '../../../host/oci/registry/http-repository.ts'
import { parseReference } from '../../../host/oci/registry/reference.ts'
import { watchTraffic } from '../../../host/oci/registry/traffic.ts'
import { blobOf } from '../../../host/oci/digest.ts'
import { FakeRegistry } from '../../support/oci/fake-registry.ts'

let registry: FakeRegistry
beforeEach(async () => {
  registry = await FakeRegistry.start()
})
afterEach(() => registry.stop())

async function upload(): Promise<string> {
  const repository = openRepository(parseReference(`${registry.host}/team/filter:1`), {})
  await repository.putBlob(blobOf('application/wasm', Buffer.alloc(300_000)))
  await repository.close()
  return 'done'
}

test('a terminal shows what was sent, and nothing is left of it', async () => {
  const written: string[] = []
  const stream = { isTTY: true, write: (text: string) => written.push(text) }
  expect(await withProgress(stream, upload)).toBe('done')
  expect(written.some((text) => / sent, \d+ bytes received$/.test(text))).toBe(true)
  expect(written.at(-1)).toBe('\r\u001b[K')
  const before = written.length
  await upload()
  expect(written.length).toBe(before)
})

test.each([null, { isTTY: false, write: () => expect.unreachable() }])('nothing else does', async (stream) => {
  expect(await withProgress(stream, upload)).toBe('done')
})

test('requests are told without their query', async () => {
  const lines: string[] = []
  const stop = watchTraffic({ onAnswer: (method, url, status) => lines.push(`${method} ${url} ${status}`) })
  await upload()
  stop()
  expect(lines).toContainEqual(expect.stringMatching(/^POST http:\/\/.*\/v2\/team\/filter\/blobs\/uploads\/ 202$/))
  expect(lines.filter((line) => line.includes('?'))).toEqual([])
})
