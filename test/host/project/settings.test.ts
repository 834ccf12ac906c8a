/** Where the settings of a project come from, and which are refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readProject } from '../../../host/project/project.ts'

let folder = ''

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-settings-'))))
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: object | string): void {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
}

describe('a setting', () => {
  test('comes from the flag, else the variable, else the file, else it is the default', async () => {
    write('package.json', { name: 'a', sluice: { entry: 'file', module: 'file', config: 'file' } })
    const environment = { SLUICE_ENTRY: 'variable', SLUICE_MODULE: 'variable', SLUICE_ROOT_IDS: 'a,b' }
    const { settings } = await readProject(folder, { entry: 'flag', module: undefined }, environment)
    expect(settings).toMatchObject({
      entry: 'flag',
      module: 'variable',
      config: 'file',
      schema: 'schema.json',
      rootIds: ['a', 'b'],
    })
  })

  test.each([
    ['sluice.config.json', '{"image": "registry.example/a"}'],
    ['sluice.config.mjs', 'export default { image: "registry.example/a" }'],
    ['sluice.config.ts', 'export default { image: "registry.example/a" as string }'],
  ])('may stand in %s', async (name, text) => {
    write('package.json', { name: 'a' })
    write(name, text)
    expect((await readProject(folder, {}, {})).settings.image).toBe('registry.example/a')
  })
})

describe('a project is refused', () => {
  test.each([
    ['without package.json', {}, /package\.json: Cannot read the project: seen ENOENT/],
    [
      'with a setting that does not exist',
      { 'package.json': { sluice: { entri: 'a' } } },
      /package\.json: sluice: entri: Unknown/,
    ],
    [
      'with a setting of the wrong type',
      { 'package.json': { sluice: { rootIds: 'a' } } },
      /rootIds: Bad setting: seen "a", wanted a list/,
    ],
    [
      'with settings in two places',
      { 'package.json': { sluice: {} }, 'sluice.config.json': {} },
      /Several settings: seen package\.json: sluice, sluice\.config\.json/,
    ],
    ['with a settings file that cannot be read', { 'package.json': {}, 'sluice.config.json': '{' }, /Cannot read the settings/],
  ])('%s', async (_, files: Record<string, object | string>, text) => {
    for (const [name, content] of Object.entries(files)) write(name, content)
    const error = await readProject(folder, {}, {}).catch(String)
    expect(error).toMatch(text)
    expect(error).toContain('[SLUICE_PROJECT_INVALID]')
  })
})
