/** The commands for images on disk, as a person calls them. */
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
const MAIN = join(ROOT, 'host/cli/main.ts')
const MODULE = join(ROOT, 'filters/dist/ratelimit.wasm')
const DIGEST = /^sha256:[0-9a-f]{64}\n$/

let scratch: string

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

function sluice(
  args: readonly string[],
  { cwd = scratch, input = '', env = {} }: { cwd?: string; input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { cwd, env: { ...process.env, ...env } }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
    child.stdin?.end(input)
  })
}

async function sluiceJson(args: readonly string[], cwd?: string): Promise<Record<string, unknown>> {
  const { code, out, err } = await sluice([...args, '--json'], cwd === undefined ? {} : { cwd })
  expect(code, err).toBe(0)
  return JSON.parse(out) as Record<string, unknown>
}

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'images-'))
})
afterAll(() => {
  rmSync(scratch, { recursive: true })
})

describe('sluice pack', () => {
  test('prints the digest to pin, and says on the side what is what', async () => {
    const { code, out, err } = await sluice(['pack', MODULE])
    expect({ code, err }).toEqual({ code: 0, err: expect.any(String) as string })
    expect(out).toMatch(DIGEST)
    expect(err).toMatch(/^oci-layout:build\/image:latest: layout oci, \d+ bytes of module\n {2}manifest {2}sha256:\w+: pin/)
    expect(await sluice(['pack', MODULE, '-q', '-o', 'again'])).toEqual({ code: 0, out, err: '' })
  })

  test('takes name, version and schema of a project', async () => {
    const project = join(scratch, 'project')
    mkdirSync(join(project, 'build'), { recursive: true })
    copyFileSync(MODULE, join(project, 'build/plugin.wasm'))
    copyFileSync(join(ROOT, 'filters/ratelimit/schema.json'), join(project, 'schema.json'))
    const packageJson = {
      name: '@shop/limits',
      version: '1.2.0+build.7',
      license: 'MIT',
      author: 'Shop',
      repository: { url: 'git+https://example.com/limits.git' },
      sluice: { rootIds: ['limits'] },
    }
    writeFileSync(join(project, 'package.json'), JSON.stringify(packageJson))
    const packed = await sluiceJson(['pack'], project)
    expect(packed).toMatchObject({ place: 'oci-layout:build/image:1.2.0_build.7', tag: '1.2.0_build.7', layout: 'oci' })
    const digest = String(packed['digest']).slice('sha256:'.length)
    const manifest = JSON.parse(readFileSync(join(project, 'build/image/blobs/sha256', digest), 'utf8')) as {
      annotations: object
    }
    expect(manifest.annotations).toMatchObject({
      'org.opencontainers.image.title': 'limits',
      'org.opencontainers.image.version': '1.2.0+build.7',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.vendor': 'Shop',
      'org.opencontainers.image.source': 'https://example.com/limits',
      'sluice.npm.package': '@shop/limits@1.2.0+build.7',
      'sluice.filter.root-ids': 'limits',
      'sluice.filter.schema.sha256': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
  })

  test('takes layout, annotations, root ids, schema, platform and time from flags', async () => {
    const schema = join(ROOT, 'filters/ratelimit/schema.json')
    const flags = [
      '--layout',
      'oci',
      '-a',
      'team=edge',
      '--root-id',
      'a',
      '--root-id',
      'b',
      '--schema',
      schema,
      '--platform',
      'linux/arm64/v8',
    ]
    const packed = await sluiceJson(['pack', MODULE, ...flags, '--source-date-epoch', '1700000000', '-t', 'flags'])
    const blob = (digest: string): string => readFileSync(join(scratch, 'build/image/blobs', digest.replace(':', '/')), 'utf8')
    const manifest = JSON.parse(blob(String(packed['digest']))) as { annotations: object; config: { digest: string } }
    expect(manifest.annotations).toMatchObject({
      team: 'edge',
      'sluice.filter.root-ids': 'a,b',
      'org.opencontainers.image.created': '2023-11-14T22:13:20Z',
    })
    expect(JSON.parse(blob(manifest.config.digest))).toMatchObject({ os: 'linux', architecture: 'arm64', variant: 'v8' })
    const environment = await sluice(['pack', MODULE, ...flags, '-t', 'env'], { env: { SOURCE_DATE_EPOCH: '1700000000' } })
    expect(environment.out).toBe(`${String(packed['digest'])}\n`)
  })

  test('writes an archive instead', async () => {
    const { digest } = await sluiceJson(['pack', MODULE, '--archive', 'image.tar', '-o', 'unused'])
    expect(`${String(digest)}\n`).toBe((await sluice(['pack', MODULE])).out)
    expect(readFileSync(join(scratch, 'image.tar')).length).toBeGreaterThan(5000)
    expect(existsSync(join(scratch, 'unused'))).toBe(false)
  })

  test.each<[string, string[], number, RegExp]>([
    ['no module', ['none.wasm'], 1, /SLUICE_WASM_LOAD/],
    ['no project', [], 2, /SLUICE_PROJECT_INVALID/],
    ['what is no module', ['text.wasm'], 1, /SLUICE_WASM_LOAD/],
    ['a module that Envoy refuses', ['empty.wasm'], 1, /SLUICE_WASM_ABI/],
    ['a folder of other files', [MODULE, '-o', '.'], 1, /SLUICE_OCI_FOLDER/],
    ['a schema that is no JSON', [MODULE, '--schema', 'text.wasm'], 2, /SLUICE_PROJECT_INVALID/],
    ['a bad tag', [MODULE, '-t', 'a b'], 2, /Not a tag/],
    ['a bad annotation', [MODULE, '-a', 'team'], 2, /wanted key=value/],
    ['a bad platform', [MODULE, '--platform', 'linux'], 2, /wanted os\/architecture/],
    ['a bad time', [MODULE, '--source-date-epoch', 'now'], 2, /wanted seconds since 1970/],
    ['an unknown layout', [MODULE, '--layout', 'zip'], 2, /Allowed choices are oci, docker, artifact, wasm/],
  ])('refuses %s', async (_, args, code, text) => {
    writeFileSync(join(scratch, 'text.wasm'), 'text')
    writeFileSync(join(scratch, 'empty.wasm'), Buffer.from('0061736d01000000', 'hex'))
    const ended = await sluice(['pack', ...args])
    expect(ended).toEqual({ code, out: '', err: expect.stringMatching(text) as string })
  })
})

describe('sluice sign and sluice verify', () => {
  const image = 'oci-layout:signed:latest'
  const pem = { private: '', public: '' }

  beforeAll(async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const lock = { cipher: 'aes-256-cbc', passphrase: 'secret' }
    pem.private = String(privateKey.export({ type: 'pkcs8', format: 'pem', ...lock }))
    pem.public = String(publicKey.export({ type: 'spki', format: 'pem' }))
    writeFileSync(join(scratch, 'key.pem'), pem.private)
    writeFileSync(join(scratch, 'key.pub'), pem.public)
    await sluice(['pack', MODULE, '-o', 'signed'])
  })

  test('agree', async () => {
    const before = await sluice(['verify', image, '--key', 'key.pub'])
    expect(before).toMatchObject({
      code: 9,
      out: '',
      err: expect.stringMatching(/seen no signature.*SLUICE_OCI_SIGNATURE/) as string,
    })
    const signed = await sluice(['sign', image, '--key', 'key.pem', '--password-stdin'], { input: 'secret\n' })
    expect(signed).toMatchObject({ code: 0, out: expect.stringMatching(DIGEST) as string })
    const verified = await sluice(['verify', 'oci-layout:signed', '--key', 'env://PUB'], { env: { PUB: pem.public } })
    expect(verified).toEqual({ code: 0, out: signed.out, err: 'oci-layout:signed: signed by the key, as simple-signing\n' })
    const again = await sluice(['sign', image, '--key', 'key.pem', '--form', 'bundle', '-q'], {
      env: { COSIGN_PASSWORD: 'secret' },
    })
    expect(again).toEqual({ code: 0, out: signed.out, err: '' })
    expect(await sluiceJson(['verify', image, '--key', 'key.pub'])).toMatchObject({ forms: ['simple-signing', 'bundle'] })
  })

  test.each<[string, string[], number, RegExp]>([
    ['a wrong password', ['sign', image, '--key', 'key.pem'], 9, /SLUICE_OCI_KEY/],
    ['no key', ['sign', image], 2, /required option '-k, --key/],
    [
      'an image that is not there',
      ['verify', 'oci-layout:signed:2', '--key', 'key.pub'],
      7,
      /one of the tags latest.*SLUICE_OCI_NOT_FOUND/,
    ],
    ['a folder that is not there', ['verify', 'oci-layout:none', '--key', 'key.pub'], 1, /SLUICE_OCI_FOLDER/],
    ['a name that is none', ['verify', 'oci-layout:signed@sha256:12', '--key', 'key.pub'], 2, /Not the name of an image/],
    ['a registry that is not there', ['verify', '127.0.0.1:1/a/b:1', '--key', 'key.pub'], 5, /SLUICE_REGISTRY_NETWORK/],
  ])('refuse %s', async (_, args, code, text) => {
    const ended = await sluice(args, { env: { COSIGN_PASSWORD: 'wrong' } })
    expect(ended).toEqual({ code, out: '', err: expect.stringMatching(text) as string })
  })
})

describe('sluice inspect', () => {
  const rows = (out: string, title: string): string[] =>
    [...out.matchAll(new RegExp(`^ {2}${title} +(.*)$`, 'gm'))].map(([, text]) => text!)

  test.each([
    ['oci', ['Istio', 'Envoy Gateway', 'Higress', 'Sluice', 'Google Service Extensions', 'Kubernetes image volumes']],
    ['docker', ['Istio', 'Envoy Gateway', 'Higress', 'Sluice', 'Google Service Extensions', 'Kubernetes image volumes']],
    ['artifact', ['Istio', 'Envoy Gateway', 'Higress', 'Sluice']],
    ['wasm', ['Sluice', 'tools for components']],
  ])('says who loads the layout %s', async (layout, products) => {
    const digest = (await sluice(['pack', MODULE, '--layout', layout, '-o', 'inspected', '-t', layout])).out.trim()
    const { code, out, err } = await sluice(['inspect', `oci-layout:inspected:${layout}`])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(rows(out, 'manifest')).toEqual([`${digest}: pin this one`])
    expect(rows(out, 'loads in').map((text) => text.replace(/ \(.*/, ''))).toEqual(products)
    expect(out).toContain(`an image of layout ${layout}\n`)
    expect(rows(out, 'in Envoy')).toEqual(['loads'])
  })

  test('shows what belongs to an image, as JSON too', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    writeFileSync(join(scratch, 'inspect.pem'), String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
    await sluice(['pack', MODULE, '-o', 'whole', '--root-id', 'limits', '-a', 'team=edge'])
    await sluice(['sign', 'oci-layout:whole', '--key', 'inspect.pem'])
    await sluice(['attach', 'oci-layout:whole', '--file', 'text.wasm', '--media-type', 'text/plain'])
    const report = await sluiceJson(['inspect', 'oci-layout:whole'])
    expect(report).toMatchObject({
      isIndex: false,
      layout: 'oci',
      annotations: { team: 'edge', 'org.opencontainers.image.title': 'ratelimit' },
      abiVersions: ['0.2.1'],
      rootIds: ['limits'],
      hasSchema: false,
      signatures: 1,
      referrers: [{ artifactType: 'text/plain' }],
      module: { abiVersion: '0.2.1', sha256: report['moduleSha256'] },
    })
  })

  test.each<[string, (folder: string) => void, RegExp]>([
    ['another layer', (folder) => spoil(folder, (size) => size > 5000), /SLUICE_OCI_DIGEST/],
    ['another manifest', (folder) => spoil(folder, (size) => size < 1500), /SLUICE_OCI_DIGEST/],
    ['no index', (folder) => writeFileSync(join(folder, 'index.json'), '[]'), /SLUICE_OCI_MANIFEST/],
  ])('refuses an image with %s, with code 8', async (_, harm, text) => {
    const folder = mkdtempSync(join(scratch, 'harmed-'))
    await sluice(['pack', MODULE, '-o', folder])
    harm(folder)
    expect(await sluice(['inspect', `oci-layout:${folder}`])).toEqual({
      code: 8,
      out: '',
      err: expect.stringMatching(text) as string,
    })
  })

  test('refuses an image of something else, with code 8', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    writeFileSync(join(scratch, 'inspect.pem'), String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
    const digest = (await sluice(['pack', MODULE, '-o', 'other'])).out.trim()
    await sluice(['sign', 'oci-layout:other', '--key', 'inspect.pem'])
    const signatures = `oci-layout:other:${digest.replace(':', '-')}.sig`
    expect(await sluice(['inspect', signatures])).toMatchObject({
      code: 8,
      err: expect.stringMatching(/SLUICE_OCI_LAYOUT/) as string,
    })
  })
})

/** Changes a byte of each blob of such a size. */
function spoil(folder: string, isMeant: (size: number) => boolean): void {
  const blobs = join(folder, 'blobs/sha256')
  for (const name of readdirSync(blobs)) {
    const bytes = readFileSync(join(blobs, name))
    if (!isMeant(bytes.length)) continue
    bytes[20]! ^= 1
    writeFileSync(join(blobs, name), bytes)
  }
}
