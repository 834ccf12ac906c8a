/** `sluice attach`: bill of materials and provenance of a project, beside its image. */
import Ajv from 'ajv'
import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestOf } from '../../../host/oci/digest.ts'
import { LayoutFolder } from '../../../host/oci/image/layout-folder.ts'
import { readAttached } from '../../../host/oci/image/referrer.ts'
import { projectProvenance } from '../../../host/project/build-documents.ts'
import { readProject } from '../../../host/project/project.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MODULE = readFileSync(join(ROOT, 'filters/dist/fault.wasm'))
const SCHEMAS = join(ROOT, 'node_modules/@cyclonedx/cyclonedx-library/res/schema')
const IMAGE = 'oci-layout:build/image:2.0.0'
const SHA512 = `sha512-${Buffer.alloc(64, 7).toString('base64')}`

let project: string
let digest: string

function sluice(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'host/cli/main.ts'), ...args], { cwd: project }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

/** The one content of a kind. */
async function attached(type: string): Promise<Record<string, never>> {
  const contents = await readAttached(await LayoutFolder.open(join(project, 'build/image')), digest, type)
  expect(contents.length).toBe(1)
  return JSON.parse(Buffer.from(contents[0]!).toString()) as Record<string, never>
}

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'attach-'))
  for (const folder of ['build', 'assembly/deep']) mkdirSync(join(project, folder), { recursive: true })
  writeFileSync(join(project, 'build/plugin.wasm'), MODULE)
  writeFileSync(join(project, 'assembly/index.ts'), '// entry')
  writeFileSync(join(project, 'assembly/deep/part.ts'), '// part')
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: '@shop/fault', version: '2.0.0', license: 'MIT' }))
  const packages = {
    '': { name: '@shop/fault', version: '2.0.0' },
    'node_modules/@sluice/sdk': { version: '0.1.0', license: 'Apache-2.0', integrity: SHA512, dev: true },
    'node_modules/assemblyscript': { version: '0.28.20', license: 'Apache-2.0', integrity: SHA512, dev: true },
    'node_modules/json-as': { version: '1.0.0', license: 'SEE LICENSE IN LICENSE', integrity: SHA512 },
    'node_modules/vitest': { version: '5.1.1', license: 'MIT', integrity: SHA512, dev: true },
    'node_modules/vitest/node_modules/json-as': { version: '1.0.0', license: 'MIT', integrity: SHA512, dev: true },
    'node_modules/alias': { name: 'real', version: '3.0.0', integrity: 'sha1-abc=' },
    'node_modules/linked': { resolved: 'packages/linked', link: true },
    'packages/linked': { version: '1.0.0' },
  }
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }))
  digest = (await sluice('pack', '-q')).out.trim()
})
afterAll(() => {
  rmSync(project, { recursive: true })
})

describe('the bill of materials', () => {
  test('lists what the module contains, and what only made or tested it', async () => {
    const { code, out, err } = await sluice('attach', IMAGE, '--sbom')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^sha256:[0-9a-f]{64} application\/vnd\.cyclonedx\+json\n$/)
    const { metadata, components } = (await attached('application/vnd.cyclonedx+json')) as unknown as {
      metadata: { component: object; tools: { components: object[] } }
      components: { purl: string; scope: string }[]
    }
    expect(metadata.component).toEqual({
      type: 'library',
      name: 'fault',
      version: '2.0.0',
      hashes: [{ alg: 'SHA-256', content: digestOf(MODULE).slice(7) }],
      licenses: [{ expression: 'MIT' }],
    })
    expect(metadata.tools.components).toMatchObject([{ name: 'assemblyscript', version: '0.28.20' }])
    expect(components.map(({ purl, scope }) => [purl, scope])).toEqual([
      ['pkg:npm/%40sluice/sdk@0.1.0', 'required'],
      ['pkg:npm/assemblyscript@0.28.20', 'required'],
      ['pkg:npm/json-as@1.0.0', 'required'],
      ['pkg:npm/real@3.0.0', 'required'],
      ['pkg:npm/vitest@5.1.1', 'excluded'],
    ])
    expect(components[2]).toEqual({
      type: 'library',
      'bom-ref': 'pkg:npm/json-as@1.0.0',
      name: 'json-as',
      version: '1.0.0',
      scope: 'required',
      hashes: [{ alg: 'SHA-512', content: '07'.repeat(64) }],
      licenses: [{ license: { name: 'SEE LICENSE IN LICENSE' } }],
      purl: 'pkg:npm/json-as@1.0.0',
    })
  })

  test('is valid by the schema of CycloneDX', async () => {
    const ajv = new Ajv.default({ strict: false, validateFormats: false })
    const load = (name: string): object => JSON.parse(readFileSync(join(SCHEMAS, name), 'utf8')) as object
    for (const name of readdirSync(SCHEMAS))
      if (/^(spdx|jsf).*\.schema\.json$/.test(name)) ajv.addSchema(load(name), `http://cyclonedx.org/schema/${name}`)
    const isValid = ajv.compile(load('bom-1.6.SNAPSHOT.schema.json'))
    const bill = await attached('application/vnd.cyclonedx+json')
    expect(isValid(bill), JSON.stringify(isValid.errors)).toBe(true)
    expect(isValid({ ...bill, components: [{ name: 'no type' }] })).toBe(false)
  })
})

test('provenance names the image, its module, and everything that was read', async () => {
  await sluice('attach', IMAGE, '--provenance')
  const statement = await attached('application/vnd.in-toto+json')
  const sha256 = (path: string): string => digestOf(readFileSync(join(project, path))).slice(7)
  const sources = ['assembly/deep/part.ts', 'assembly/index.ts', 'package-lock.json', 'package.json']
  const packages = ['%40sluice/sdk@0.1.0', 'assemblyscript@0.28.20', 'json-as@1.0.0']
  expect(statement).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: IMAGE, digest: { sha256: digest.slice(7) } },
      { name: `${IMAGE}#plugin.wasm`, digest: { sha256: digestOf(MODULE).slice(7) } },
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:sluice:build:v1',
        externalParameters: { entry: 'assembly/index.ts', module: 'build/plugin.wasm' },
        internalParameters: { source: 'no git commit' },
        resolvedDependencies: [
          ...sources.map((uri) => ({ uri, digest: { sha256: sha256(uri) } })),
          ...packages.map((name) => ({ uri: `pkg:npm/${name}`, digest: { sha512: '07'.repeat(64) } })),
        ],
      },
      runDetails: { builder: { id: expect.stringMatching(/^pkg:npm\/sluice@\d/) as string } },
    },
  })
})

/** As far as it is looked at. */
interface Statement {
  readonly predicate: {
    readonly buildDefinition: {
      readonly internalParameters: { readonly source: string }
      readonly resolvedDependencies: readonly { readonly digest: object }[]
    }
  }
}

test('provenance names the git commit of the sources, and whether they differ from it', async () => {
  const git = (...args: string[]): string => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
    return execFileSync('git', [...who, ...args], { cwd: project, encoding: 'utf8' }).trim()
  }
  const source = async (): Promise<unknown> => {
    const image = { name: IMAGE, digest, moduleSha256: digestOf(MODULE).slice(7) }
    const { predicate } = JSON.parse(projectProvenance(await readProject(project), image)) as Statement
    const { internalParameters, resolvedDependencies } = predicate.buildDefinition
    return [internalParameters.source, resolvedDependencies[0]!.digest]
  }
  git('init', '-q')
  try {
    writeFileSync(join(project, '.gitignore'), 'build\n')
    git('add', '-A')
    git('commit', '-q', '-m', 'first')
    const commit = git('rev-parse', 'HEAD')
    expect(await source()).toEqual([`git commit ${commit}`, { gitCommit: commit }])
    writeFileSync(join(project, 'new.txt'), '')
    expect(await source()).toEqual([`git commit ${commit}, with changes`, { gitCommit: commit }])
  } finally {
    for (const name of ['.git', '.gitignore', 'new.txt']) rmSync(join(project, name), { recursive: true, force: true })
  }
})

test('the same content is attached once; a file of any kind can be', async () => {
  copyFileSync(join(project, 'package.json'), join(project, 'note.json'))
  const once = await sluice('attach', IMAGE, '--sbom', '--file', 'note.json', '--media-type', 'application/spdx+json', '--json')
  const again = await sluice('attach', IMAGE, '--sbom', '--file', 'note.json', '--media-type', 'application/spdx+json', '--json')
  expect(again).toEqual(once)
  expect(JSON.parse(once.out)).toMatchObject({
    attached: [{ type: 'application/vnd.cyclonedx+json' }, { type: 'application/spdx+json' }],
  })
  expect(await attached('application/spdx+json')).toMatchObject({ name: '@shop/fault' })
})

test.each<[string, string[], number, RegExp]>([
  ['nothing', [IMAGE], 2, /Nothing to attach/],
  ['a file without a kind', [IMAGE, '--file', 'package.json'], 2, /--file with --media-type/],
  ['a file that is not there', [IMAGE, '--file', 'none', '--media-type', 'a/b'], 2, /Cannot read the file/],
  ['to an image that is not there', ['oci-layout:build/image:9', '--sbom'], 7, /SLUICE_OCI_NOT_FOUND/],
])('attach refuses %s', async (_, args, code, text) => {
  expect(await sluice('attach', ...args)).toEqual({ code, out: '', err: expect.stringMatching(text) as string })
})

test('attach wants a lock file', async () => {
  const bare = join(project, 'package-lock.json')
  const text = readFileSync(bare, 'utf8')
  rmSync(bare)
  const { code, err } = await sluice('attach', IMAGE, '--sbom')
  writeFileSync(bare, text)
  expect(code).toBe(2)
  expect(err).toMatch(/Cannot read the lock file.*npm install writes it/)
})
