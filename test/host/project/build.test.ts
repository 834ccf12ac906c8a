/** `sluice build` as a function: what it writes, what it refuses, and the watch. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SluiceErrors } from '../../../host/errors.ts'
import { buildProject, ensureBuilt, type BuildOptions, type BuiltModule } from '../../../host/project/build.ts'
import { initProject } from '../../../host/project/init.ts'
import { readProject, type Project } from '../../../host/project/project.ts'
import { watchProject } from '../../../host/project/watch/watch-project.ts'
import { root } from '../../../tools/checks/sources.ts'

let folder = ''
let project: Project
const source = (): string => join(project.folder, 'assembly/filter.ts')

/** A new project with the packages of the repository. */
async function newProject(name: string): Promise<Project> {
  const { folder: path } = initProject(join(folder, name), 'header')
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'))
  return readProject(path, {}, {})
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-build-'))
  project = await newProject('my-filter')
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('a build', () => {
  test('writes the module, with its source map, and says what it is', async () => {
    const { path, bytes, sha256 } = await buildProject(project)
    expect(path).toBe('build/plugin.wasm')
    const file = join(project.folder, path)
    expect(readFileSync(file)).toHaveLength(bytes)
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(existsSync(`${file}.map`)).toBe(true)
    expect(JSON.parse(readFileSync(join(project.folder, 'build/runtime-config.json'), 'utf8'))).toMatchObject({
      abiVersions: ['0.2.1'],
    })
    expect((await buildProject(project)).sha256).toBe(sha256)
  }, 60_000)

  test('is not repeated while sources, options and module are the same', async () => {
    const fresh = await newProject('fresh')
    const options = { target: 'debug' } as const
    const file = (name: string): string => join(fresh.folder, name)
    const isRepeated = async (more: BuildOptions = options): Promise<boolean> => (await ensureBuilt(fresh, more)) !== null
    expect([await isRepeated(), await isRepeated()]).toEqual([true, false])
    expect([await isRepeated({ ...options, args: ['--stats'] }), await isRepeated()]).toEqual([true, true])
    const { atime, mtime } = statSync(file('assembly/config.ts'))
    appendFileSync(file('assembly/config.ts'), '// more\n')
    utimesSync(file('assembly/config.ts'), atime, mtime)
    expect([await isRepeated(), await isRepeated()]).toEqual([true, false])
    for (const change of [
      () => appendFileSync(file('asconfig.json'), ' '),
      () => appendFileSync(file('build/plugin.wasm'), 'x'),
      () => rmSync(file('build/plugin.wasm')),
      () => writeFileSync(file('build/.built.json'), '{'),
    ]) {
      change()
      expect([await isRepeated(), await isRepeated()]).toEqual([true, false])
    }
  }, 60_000)

  test('of a wrong source names every place', async () => {
    const text = readFileSync(source(), 'utf8')
    writeFileSync(
      source(),
      text.replace('requests.increment', 'requests.incremnt').replace('config.value.view', 'config.valve.view'),
    )
    const error = (await buildProject(project, { target: 'debug' }).catch((fault: unknown) => fault)) as SluiceErrors
    writeFileSync(source(), text)
    expect(error).toBeInstanceOf(SluiceErrors)
    const lines = text.split('\n')
    const places = error.errors.map(
      ({ code, detail }) => `${code} ${detail.path} ${lines[detail.line! - 1]!.slice(detail.column! - 1)}`,
    )
    expect(places).toEqual([
      'SLUICE_BUILD_FAILED assembly/filter.ts value.view);',
      'SLUICE_BUILD_FAILED assembly/filter.ts increment();',
    ])
  })

  test('without the compiler says what to install', async () => {
    const bare = initProject(join(folder, 'bare'), 'header')
    const error = await buildProject(await readProject(bare.folder, {}, {})).catch(String)
    expect(error).toMatch(/no package assemblyscript.*\[SLUICE_BUILD_TOOL\]; npm install/)
  })
})

describe('a watch', () => {
  test('builds after each change, reports faults, and ends', async () => {
    const results: (BuiltModule | string)[] = []
    const watched = await newProject('watched')
    const watch = await watchProject(watched, (built, error) => results.push(built ?? String(error)))
    expect(results).toHaveLength(1)
    const file = join(watched.folder, 'assembly/filter.ts')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('requests.increment', 'requests.incremnt'))
    await expect.poll(() => results.at(-1), { timeout: 20_000 }).toMatch(/incremnt/)
    writeFileSync(file, text)
    await expect.poll(() => results.at(-1), { timeout: 20_000 }).toMatchObject({ path: 'build/plugin.wasm' })
    await watch.stop()
    const count = results.length
    writeFileSync(file, `${text}\n`)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(results).toHaveLength(count)
  }, 60_000)
})
