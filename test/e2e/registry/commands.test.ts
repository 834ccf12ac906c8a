/** The commands that talk to registries, as a user calls them, with real registries. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage } from '../../../host/oci/image/build-image.ts'
import { LayoutFolder } from '../../../host/oci/image/layout-folder.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { makeCertificate, type TestCertificate } from '../../support/certificate.ts'
import { debianProgram } from '../../support/debian-program.ts'
import { imageOf } from '../../support/oci/images.ts'
import { FakeRegistry, type FakeAnswer } from '../../support/oci/fake-registry.ts'
import { HTPASSWD, PASSWORD, startDebianRegistry, USERNAME, type TestRegistry } from '../../support/oci/registries.ts'

const MAIN = join(import.meta.dirname, '../../../host/cli/main.ts')
const MODULE_PATH = join(import.meta.dirname, '../../../filters/dist/fault.wasm')
const MODULE = readFileSync(MODULE_PATH)
const ZEROS = `sha256:${'0'.repeat(64)}`

const debian = await fetchOrReason(() => debianProgram('docker-registry'))
const folder = mkdtempSync(join(tmpdir(), 'sluice-commands-'))
const image = join(folder, 'image')
const running: TestRegistry[] = []
let digest: string
let open: TestRegistry
let guarded: TestRegistry
let certificate: TestCertificate

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function sluice(args: readonly string[], input = '', environment: Record<string, string> = {}, cwd = folder): Promise<Ran> {
  const env = { ...process.env, DOCKER_CONFIG: join(folder, 'docker'), ...environment }
  const child = spawn(process.execPath, [MAIN, ...args], { env, cwd })
  let [out, err] = ['', '']
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

async function makeImage(tag: string, version: string): Promise<string> {
  const description = { name: 'fault', version, rootIds: [], abiVersions: ['0.2.1'] }
  const { manifest, blobs } = await buildImage('oci', { module: MODULE, description, created: new Date(86_400_000) })
  const store = await LayoutFolder.create(image)
  for (const blob of blobs) await store.putBlob(blob)
  await store.putManifest(tag, manifest)
  return manifest.descriptor.digest
}

beforeAll(async () => {
  if (debian.value === null) return
  digest = await makeImage('1.0.0', '1.0.0')
  certificate = await makeCertificate(folder)
  open = await startDebianRegistry()
  guarded = await startDebianRegistry({ htpasswd: HTPASSWD, tls: certificate })
  running.push(open, guarded)
})

afterAll(async () => {
  for (const registry of running) await registry.stop()
  rmSync(folder, { recursive: true })
})

describe.skipIf(debian.value === null)(`sluice${debian.reason}`, () => {
  const at = (tag: string): string => `${open.host}/team/fault:${tag}`

  it('push prints the reference that pins the image, and nothing else', async () => {
    const { code, out, err } = await sluice(['push', at('1.0.0'), '--from', image, '--tag', '1', '--tag', '1.0'])
    expect({ code, out }).toEqual({ code: 0, out: `${open.host}/team/fault@${digest}\n` })
    expect(err).toBe('2 sent; tags: 1.0.0, 1, 1.0\n')
  })

  it('push tells what it would do, and does not', async () => {
    const { out } = await sluice(['push', at('dry'), '--from', image, '--dry-run', '--json'])
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, digest, tags: ['dry'], uploaded: [] })
    expect((await sluice(['pull', at('dry')])).code).toBe(7)
  })

  it('push leaves a tag alone that is there', async () => {
    expect(await sluice(['push', at('1.0.0'), '--from', image, '--if-absent'])).toMatchObject({
      code: 0,
      err: '1 there already; no tag set\n',
    })
    const other = await makeImage('2.0.0', '2.0.0')
    const { code, err } = await sluice(['push', at('1.0.0'), '--from', `oci-layout:${image}@${other}`, '--if-absent'])
    expect(code).toBe(8)
    expect(err).toContain('SLUICE_REGISTRY_CONFLICT')
  })

  it('push asks which image is meant', async () => {
    const { code, err } = await sluice(['push', at('x'), '--from', image])
    expect(code).toBe(2)
    expect(err).toContain('seen the tags 1.0.0, 2.0.0, wanted one of them by name')
  })

  it('push packs a module, or that of the project here, and needs no reference then', async () => {
    const packed = await sluice(['push', at('module'), '--from', MODULE_PATH, '--layout', 'artifact', '--json'])
    const { digest: pushed } = JSON.parse(packed.out) as { digest: string }
    expect(JSON.parse((await sluice(['pull', at('module'), '--json'])).out)).toMatchObject({
      layout: 'artifact',
      manifestDigest: pushed,
    })
    const project = join(folder, 'project')
    mkdirSync(join(project, 'build'), { recursive: true })
    mkdirSync(join(project, 'assembly'))
    writeFileSync(join(project, 'build', 'plugin.wasm'), MODULE)
    writeFileSync(join(project, 'assembly', 'index.ts'), '')
    const settings = { image: `${open.host}/team/project` }
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'my-filter', version: '3.2.1', sluice: settings }))
    const { code, out, err } = await sluice(['push'], '', {}, project)
    expect({ code, err }).toEqual({ code: 0, err: '2 sent; tags: 3.2.1\n' })
    expect(out).toMatch(/team\/project@sha256:[0-9a-f]{64}\n$/)
    // A time changes the digest; without one it is the same wherever it is made.
    expect((await sluice(['push', '--dry-run'], '', {}, project)).out).toBe(out)
    expect((await sluice(['push', '--dry-run'], '', { SOURCE_DATE_EPOCH: '86400' }, project)).out).not.toBe(out)
    expect((await sluice(['push'])).code).toBe(2)
  })

  it('push and copy take along what belongs to the image', async () => {
    const store = await LayoutFolder.open(image)
    const root = (await store.resolve('1.0.0'))!
    const note = imageOf(['note'], { artifactType: 'test/note', subject: root })
    for (const blob of note.contents.slice(1)) await store.putBlob(blob)
    await store.putManifest(note.digest, note.root)
    const signed = `${open.host}/team/signed`
    expect((await sluice(['push', `${signed}:1`, '--from', `oci-layout:${image}:1.0.0`, '--with-referrers'])).code).toBe(0)
    expect((await sluice(['copy', `${signed}:1`, `${open.host}/team/signed-too`, '--with-referrers'])).code).toBe(0)
    const { images } = JSON.parse((await sluice(['list', `${open.host}/team/signed-too`, '--all', '--json'])).out) as {
      images: { tag: string }[]
    }
    expect(images.map(({ tag }) => tag).toSorted()).toEqual(['1', digest.replace(':', '-')])
  })

  it('pull writes the module', async () => {
    const { code, out, err } = await sluice(['pull', at('1'), '-o', 'pulled.wasm'])
    expect({ code, out }).toEqual({ code: 0, out: 'pulled.wasm\n' })
    expect(err).toContain(`image ${digest}`)
    expect(readFileSync(join(folder, 'pulled.wasm'))).toEqual(MODULE)
    expect((await sluice(['pull', at('1'), '--digest', ZEROS])).code).toBe(8)
    expect(JSON.parse((await sluice(['pull', at('1'), '--json'])).out)).toMatchObject({
      file: 'fault.wasm',
      layout: 'oci',
      manifestDigest: digest,
    })
  })

  it('tag, list and delete keep house', async () => {
    expect(await sluice(['tag', at('1'), 'stable', 'blue'])).toMatchObject({
      code: 0,
      out: `${open.host}/team/fault@${digest}\n`,
    })
    const listed = await sluice(['list', `${open.host}/team/fault`])
    expect(listed.out).toContain(`stable  ${digest}  1970-01-02T00:00:00Z\n`)
    const { images } = JSON.parse((await sluice(['list', `${open.host}/team/fault`, '--limit', '2', '--json'])).out) as {
      images: { tag: string }[]
    }
    expect(images.length).toBe(2)
    expect((await sluice(['delete', at('blue')])).code).toBe(2)
    const refused = await sluice(['delete', at('blue'), '--yes'])
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('delete it by its digest') })
  })

  it('copy keeps the digest and what belongs to the image, and delete takes it away', async () => {
    const copy = `${open.host}/team/copy`
    expect(await sluice(['copy', at('1'), `${copy}:1`, '--with-referrers'])).toMatchObject({
      code: 0,
      out: `${copy}@${digest}\n`,
    })
    expect((await sluice(['delete', `${copy}@${digest}`, '--yes'])).out).toBe(`${copy}@${digest}\n`)
    expect((await sluice(['pull', `${copy}:1`])).code).toBe(7)
  })

  it('login proves and keeps a password that nothing shows', async () => {
    const tls = ['--ca-file', certificate.authority]
    const push = ['push', `${guarded.host}/team/fault:1`, '--from', `oci-layout:${image}:1.0.0`, ...tls]
    expect(await sluice(push)).toMatchObject({
      code: 6,
      err: expect.stringContaining(`sluice login ${guarded.host} stores some`),
    })
    const login = ['login', guarded.host, '-u', USERNAME, ...tls]
    expect((await sluice(login)).code).toBe(2)
    expect((await sluice([...login, '--password-stdin'], 'wrong')).code).toBe(6)
    const kept = await sluice([...login, '--password-stdin', '--json'], `${PASSWORD}\n`)
    expect(kept.code).toBe(0)
    const pushed = await sluice(push)
    expect(pushed.code).toBe(0)
    expect(
      (await sluice(['push', `${guarded.host}/team/fault:1`, '--from', `oci-layout:${image}:1.0.0`, '--insecure'])).code,
    ).toBe(0)
    expect((await sluice(['logout', guarded.host])).code).toBe(0)
    expect((await sluice(push)).code).toBe(6)
    expect(JSON.stringify([kept, pushed])).not.toContain(PASSWORD)
  })

  it('takes credentials of the environment, for their registry', async () => {
    const environment = { SLUICE_REGISTRY: guarded.host, SLUICE_REGISTRY_USERNAME: USERNAME, SLUICE_REGISTRY_PASSWORD: PASSWORD }
    const list = ['list', `${guarded.host}/team/fault`, '--ca-file', certificate.authority]
    expect((await sluice(list, '', environment)).code).toBe(0)
    expect((await sluice(list, '', { ...environment, SLUICE_REGISTRY: 'other.test' })).code).toBe(6)
  })

  it('does not trust a certificate by itself', async () => {
    const { code, err } = await sluice(['list', `${guarded.host}/team/fault`, '--no-plain-http'])
    expect(code).toBe(5)
    expect(err).toContain('--ca-file')
  })
})

describe('sluice exits with', () => {
  let registry: FakeRegistry

  beforeAll(async () => {
    registry = await FakeRegistry.start()
    writeFileSync(join(folder, 'not-a-folder'), '')
  })

  afterAll(() => registry.stop())

  it.each<[number, string, string[]]>([
    [2, 'no reference', ['pull', 'Bad/Reference']],
    [2, 'a command without arguments', ['pull']],
    [2, 'two ways at once', ['list', 'localhost/x', '--plain-http', '--insecure']],
    [7, 'a folder without the image', ['push', 'localhost/x', '--from', `oci-layout:image@${ZEROS}`]],
  ])('%i for %s', async (code, _, args) => {
    if (args.includes('--from')) await makeImage('1.0.0', '1.0.0')
    expect((await sluice(args)).code).toBe(code)
  })

  it.each<[number, string, FakeAnswer]>([
    [5, 'a refusal', { status: 418 }],
    [6, 'a door that stays shut', { status: 403 }],
    [7, 'nothing there', { status: 404 }],
    [8, 'bytes that are others', { status: 200, body: '{"schemaVersion":2}', headers: { 'docker-content-digest': ZEROS } }],
  ])('%i for %s', async (code, _, answer) => {
    registry.intercept = () => answer
    const { code: seen, err } = await sluice(['pull', `${registry.host}/a/b:1`, '--json'])
    expect(seen).toBe(code)
    expect(JSON.parse(err)).toMatchObject({ code: expect.stringMatching(/^SLUICE_/), message: expect.any(String) })
  })
})
