/** Projects that `sluice init` makes: what is in them, and what is refused. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initProject } from '../../../host/project/init.ts'
import { readProject } from '../../../host/project/project.ts'
import { TEMPLATES, type TemplateName } from '../../../host/project/templates.ts'
import { read } from '../../../tools/checks/sources.ts'

let folder = ''

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-init-'))))
afterAll(() => rmSync(folder, { recursive: true }))

interface Manifest {
  readonly version: string
  readonly devDependencies: Record<string, string>
}

const manifest = (path: string): Manifest => JSON.parse(read(path)) as Manifest

describe('a new project', () => {
  for (const template of Object.keys(TEMPLATES) as TemplateName[]) {
    test(`of the template ${template} bears its own name everywhere, and has a configuration that its schema knows`, async () => {
      const { files, name } = initProject(join(folder, `geo-${template}`), template)
      expect(name).toBe(`geo-${template}`)
      const texts = files.map((file) => readFileSync(join(folder, name, file), 'utf8'))
      expect(texts.join('\n')).not.toMatch(/template.?name|filters\/dist/i)
      expect(files).toEqual(
        expect.arrayContaining(['.gitignore', 'assembly/index.ts', 'cases.yaml', 'test/cases.test.ts', 'test/filter.test.ts']),
      )
      const project = await readProject(join(folder, name))
      const [config, schema] = [project.settings.config, project.settings.schema].map(
        (file) => JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as { properties: object },
      )
      for (const key of Object.keys(config!)) expect(schema!.properties).toHaveProperty(key)
    })
  }

  test('depends on the packages as they are now', () => {
    const { devDependencies } = manifest('host/templates/project/package.json')
    const tools = manifest('package.json').devDependencies
    expect(devDependencies).toEqual({
      '@sluice/sdk': `^${manifest('sdk/package.json').version}`,
      assemblyscript: `^${tools['assemblyscript']}`,
      sluice: `^${manifest('host/package.json').version}`,
      vitest: `^${tools['vitest']}`,
    })
  })
})

describe('sluice init refuses', () => {
  test('a name that is none', () => {
    expect(() => initProject(join(folder, 'My_Filter'), 'header')).toThrow(
      expect.objectContaining({ code: 'SLUICE_PROJECT_NAME' }),
    )
  })

  test('a folder with something in it, but for a repository', () => {
    mkdirSync(join(folder, 'taken/.git'), { recursive: true })
    writeFileSync(join(folder, 'taken/a'), '')
    expect(() => initProject(join(folder, 'taken'), 'header')).toThrow(expect.objectContaining({ code: 'SLUICE_PROJECT_EXISTS' }))
    rmSync(join(folder, 'taken/a'))
    expect(initProject(join(folder, 'taken'), 'header').name).toBe('taken')
  })
})
