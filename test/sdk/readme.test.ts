/** The examples of sdk/README.md and docs/sdk compile, with the options the former states. */
import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFile } from './support/compile-sdk-guest.ts'

const root = join(import.meta.dirname, '../..')
const blocks = examplesOf('sdk/README.md')
const pages = readdirSync(join(root, 'docs/sdk')).toSorted()

/** The AssemblyScript of a page. */
function examplesOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code ?? '')
}

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

describe('docs/sdk', () => {
  it.each(pages)('%s has one example, and the list of pages has it', (page) => {
    expect(examplesOf(`docs/sdk/${page}`)).toHaveLength(1)
    expect(readFileSync(join(root, 'sdk/README.md'), 'utf8')).toContain(`(../docs/sdk/${page})`)
  })

  it('compiles, all examples in one module', async () => {
    const groups = readdirSync(join(root, 'sdk/exports')).map((file) => `@sluice/sdk/exports/${file.replace('.ts', '')}`)
    for (const page of pages) await writeFile(join(folder, page.replace('.md', '.ts')), examplesOf(`docs/sdk/${page}`)[0] ?? '')
    const files = [...groups, ...pages.map((page) => `./${page.replace('.md', '')}`)]
    await writeFile(join(folder, 'pages.ts'), files.map((file) => `export * from "${file}";`).join('\n'))
    const outFile = join(folder, 'pages.wasm')
    await compileFile(join(folder, 'pages.ts'), outFile, '--config', join(folder, 'asconfig.json'))
    expect(WebAssembly.validate(await readFile(outFile))).toBe(true)
  })
})
