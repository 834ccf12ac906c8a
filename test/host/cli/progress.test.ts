/** What people see of uploads and downloads on a terminal, and what `--verbose` is told of them. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withProgress } from '../../../host/cli/progress.ts'
import { buildImage } from '../../../host/oci/image/build-image.ts'
import { openRepository } from '../../../host/oci/registry/http-repository.ts'
import type { RegistryPort } from '../../../host/oci/registry/port.ts'
import { pullModule } from '../../../host/oci/registry/pull.ts'
import { parseReference } from '../../../host/oci/registry/reference.ts'
import { watchTraffic } from '../../../host/oci/registry/traffic.ts'
import { transferImage } from '../../../host/oci/registry/transfer.ts'
import { root } from '../../../tools/checks/sources.ts'
import { FakeRegistry } from '../../support/oci/fake-registry.ts'
import { imageOf, MemoryImage } from '../../support/oci/images.ts'

let registry: FakeRegistry
beforeEach(async () => {
  registry = await FakeRegistry.start()
})
afterEach(() => registry.stop())

const image = imageOf([randomBytes(300_000), randomBytes(500_000)])

function open(): RegistryPort {
  return openRepository(parseReference(`${registry.host}/team/filter:1`), {})
}

async function upload(): Promise<string> {
  const repository = open()
  await transferImage(image, image.root, repository, ['1'])
  await repository.close()
  return 'done'
}

/** The lines of a terminal, the last one what is left. */
async function linesOf(work: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = []
  await withProgress({ isTTY: true, write: (text: string) => lines.push(text.replace('\r\u001b[K', '')) }, work)
  return lines
}

test('a terminal shows how much of an upload is done, and nothing is left of it', async () => {
  const lines = await linesOf(upload)
  expect(lines.at(-1)).toBe('')
  expect(lines.length).toBeGreaterThan(1)
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(\d+ bytes|\d+\.\d kB) of 800\.1 kB \(\d+ %\)$/)
})

test('of a copy both ways count, and what is there already does not', async () => {
  await upload()
  const other = await FakeRegistry.start()
  const [from, to] = [open(), openRepository(parseReference(`${other.host}/team/filter:1`), {})]
  const [manifest, config, first, second] = image.contents
  await to.putBlob(first!)
  const seen: number[] = []
  const stop = watchTraffic({ onExpected: (count) => seen.push(count) })
  await transferImage(from, manifest!, to, ['1'])
  stop()
  expect(seen).toEqual([2 * (config!.bytes.length + second!.bytes.length)])
  await Promise.all([from.close(), to.close(), other.stop()])
})

test('a terminal shows how much of a download is done', async () => {
  const module = readFileSync(join(root, 'filters/dist/fault.wasm'))
  const description = { name: 'fault', rootIds: [], abiVersions: ['0.2.1'] }
  const { manifest, blobs } = await buildImage('wasm', { module, description, created: null })
  const repository = open()
  await transferImage(new MemoryImage(manifest, [manifest, ...blobs]), manifest, repository, ['1'])
  const lines = await linesOf(() => pullModule(repository, parseReference(`${registry.host}/team/filter:1`)))
  const total = `${(module.length / 1000).toFixed(1)} kB`
  expect(lines.filter((line) => new RegExp(`^\\S+ \\w+ of ${total} \\(\\d+ %\\)$`).test(line))).not.toEqual([])
  await repository.close()
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
