/** The examples of sdk/README.md compile, with the options it states. */
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFile } from './support/compile-sdk-guest.ts'

const readme = readFileSync(join(import.meta.dirname, '../../sdk/README.md'), 'utf8')
const blocks = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code ?? '')

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, 'guests', 'tmp-'))
  await writeFile(join(folder, 'asconfig.json'), '{ "extends": "@sluice/sdk/asconfig.json" }')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('sdk/README.md', () => {
  it('has examples', () => {
    expect(blocks).toHaveLength(5)
  })

  it.each(blocks.map((_, i) => i))('compiles example %i', async (i) => {
    const source = join(folder, `example-${i}.ts`)
    await writeFile(source, blocks[i] ?? '')
    const outFile = join(folder, `example-${i}.wasm`)
    await compileFile(source, outFile, '--config', join(folder, 'asconfig.json'))
    expect(WebAssembly.validate(await readFile(outFile))).toBe(true)
  })
})
