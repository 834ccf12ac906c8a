/** `sluice check` finds what was planted, and nothing in what is right. */
import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkTarget } from '../../../host/check/check-target.ts'
import { root } from '../../../tools/checks/sources.ts'
import { guest } from '../vm/wat.ts'
import { CALLBACK, image, module, OPTIONS, PLANTED, quickstart } from './planted-faults.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-check-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a planted fault is found, and nothing else:', () => {
  test.each(PLANTED)('$name', async ({ code, level = 'error', plant, options }) => {
    const findings = await checkTarget(await plant(folder), { ...OPTIONS, ...options })
    const seen = new Set(findings.map((finding) => `${finding.level} ${finding.error.code}`))
    expect([...seen], findings.map(({ error }) => String(error)).join('\n')).toEqual([`${level} ${code}`])
  })
})

describe('nothing is found in', () => {
  const filters = readdirSync(join(root, 'filters')).filter(
    (name) => readdirSync(join(root, 'filters')).includes(name) && hasExample(name),
  )

  test.each(filters)('the filter %s with its example', async (name) => {
    const { typed_config: typed } = parse(readFileSync(join(root, 'filters', name, 'example.yaml'), 'utf8'))
    const config: unknown = JSON.parse(typed.config.configuration.value)
    const options = { ...OPTIONS, limits: { ...OPTIONS.limits, hosts: ['envoy', 'istio', 'sluice'] as const }, config }
    expect(await checkTarget(join(root, 'filters/dist', `${name}.wasm`), options)).toEqual([])
  })

  test.each(['envoy', 'bundle'])('the quickstart %s', async (example) => {
    expect(await checkTarget(await quickstart(() => {}, example)(folder), OPTIONS)).toEqual([])
  })

  test.each(['oci', 'docker', 'artifact'] as const)('an image of layout %s', async (layout) => {
    expect(await checkTarget(await image(layout)(folder), { ...OPTIONS, rootId: 'known' })).toEqual([])
  })

  test('an image of one raw layer that no proxy shall pull', async () => {
    expect(await checkTarget(await image('wasm')(folder), { ...OPTIONS, consumers: [] })).toEqual([])
  })

  test('a module of the test', async () => {
    expect(await checkTarget(await module(guest(CALLBACK))(folder), OPTIONS)).toEqual([])
  })
})

function hasExample(name: string): boolean {
  return readdirSync(join(root, 'filters'), { recursive: true, encoding: 'utf8' }).includes(join(name, 'example.yaml'))
}
