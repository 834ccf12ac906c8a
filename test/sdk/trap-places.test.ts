/** A trap in a test of a filter names the line of its source. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Coverage, createTestHost, Faults, type TestHost } from '../../host/testing/index.ts'
import '../../host/testing/vitest.ts'
import { read, root } from '../../tools/checks/sources.ts'
import { TEST_ENGINES } from '../support/engines.ts'
import { compileFile } from './support/compile-sdk-guest.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-trap-places-'))
const template = join(folder, 'template.wasm')
const release = join(folder, 'release.wasm')

beforeAll(async () => {
  await compileFile('host/templates/header/index.ts', template, '--target', 'debug', '--sourceMap')
  await compileFile('host/templates/body/index.ts', release, '--target', 'release', '--sourceMap')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** `file:line` of the only line of a source with this text. */
function placeOf(file: string, text: string): string {
  const lines = read(file).split('\n')
  const at = lines.findIndex((line) => line.includes(text))
  expect(lines.filter((line) => line.includes(text))).toHaveLength(1)
  return `${file}:${at + 1}:`
}

function start(wasm: string, config: object, faults: Faults, engine: (typeof TEST_ENGINES)[number]): TestHost {
  return createTestHost({ engine, filters: [{ wasm, config }], faults })
}

for (const engine of TEST_ENGINES) {
  test(`of a filter of the suite, optimized as it is shipped, on ${engine}`, async () => {
    const faults = new Faults()
    const config = { key_sources: [{ header: 'x-api-key' }], credentials: [{ client: 'bob', key: 'k-bob-0123456789' }] }
    const host = start(join(root, 'filters/dist/api-key-auth.wasm'), config, faults, engine)
    faults.trap('proxy_send_local_response')
    expect(await host.request()).toHaveStatus(503)
    expect(host).toHaveTrapped('Function: proxy_on_request_headers failed')
    expect(host).toHaveTrapped(/ at filters\/api-key-auth\/filter\.ts:\d+:\d+/)
  })

  test(`of a filter made from a template, optimized as it is shipped, on ${engine}`, async () => {
    const faults = new Faults()
    const host = start(release, { find: 'secret' }, faults, engine)
    faults.trap('proxy_set_buffer_bytes')
    await host.request({ upstream: { body: 'a secret' } })
    expect(host).toHaveTrapped(/ at host\/templates\/body\/filter\.ts:\d+:\d+/)
  })

  test(`of a filter made from the template, built for \`sluice test --debug\`, on ${engine}`, async () => {
    const faults = new Faults()
    const host = start(template, { header: 'x-template-name' }, faults, engine)
    faults.trap('proxy_increment_metric')
    expect(await host.request()).toHaveStatus(503)
    expect(host).toHaveTrapped(placeOf('host/templates/header/filter.ts', 'this.root.requests.increment()'))
  })
}

test('while coverage is counted', async () => {
  const faults = new Faults()
  const filters = [{ wasm: template, config: { header: 'x-template-name' } }]
  const host = createTestHost({ filters, faults, coverage: new Coverage() })
  faults.trap('proxy_increment_metric')
  expect(await host.request()).toHaveStatus(503)
  expect(host).toHaveTrapped(placeOf('host/templates/header/filter.ts', 'this.root.requests.increment()'))
})
