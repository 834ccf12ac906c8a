/** Other tools read what we write, and we read what they write; Istio's agent takes and refuses what we say it does. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, LAYOUTS, type Layout } from '../../../../host/oci/image/build-image.ts'
import { LayoutFolder } from '../../../../host/oci/image/layout-folder.ts'
import { gzipLayer, packLayer } from '../../../../host/oci/image/layer.ts'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import type { RegistryPort } from '../../../../host/oci/registry/port.ts'
import { pullModule } from '../../../../host/oci/registry/pull.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { transferImage } from '../../../../host/oci/registry/transfer.ts'
import { fetchOrReason } from '../../../drift/config-tools.ts'
import { debianProgram } from '../../../support/debian-program.ts'
import { goProgram } from '../../../support/go-program.ts'
import { imageOf, MemoryImage } from '../../../support/oci/images.ts'
import { HTPASSWD, startCraneRegistry, startDebianRegistry, type TestRegistry } from '../../../support/oci/registries.ts'

const run = promisify(execFile)
const MODULE = readFileSync(join(import.meta.dirname, '../../../../filters/dist/fault.wasm'))
/** The one that tools read back as it was pushed: skopeo turns Docker's manifests into OCI's. */
const KEPT = LAYOUTS.filter((layout) => layout !== 'docker')

const folder = mkdtempSync(join(tmpdir(), 'sluice-tools-'))
const skopeo = await fetchOrReason(() => debianProgram('skopeo'))
const debian = await fetchOrReason(() => debianProgram('docker-registry'))
const crane = await fetchOrReason(() => goProgram('crane'))
const wasmpull = await fetchOrReason(() => goProgram('wasmpull'))
const reasons = [skopeo, debian, crane, wasmpull].map(({ reason }) => reason).join('')
const opened: RegistryPort[] = []

let registry: TestRegistry
let second: TestRegistry

beforeAll(async () => {
  if (reasons !== '') return
  registry = await startDebianRegistry()
  second = await startCraneRegistry()
})

afterAll(async () => {
  for (const repository of opened) await repository.close()
  await registry?.stop()
  await second?.stop()
  rmSync(folder, { recursive: true })
})

function open(host = registry.host, name = 'team/fault'): RegistryPort {
  const repository = openRepository(parseReference(`${host}/${name}`), { environment: {} })
  opened.push(repository)
  return repository
}

async function build(layout: Layout): Promise<MemoryImage> {
  const description = { name: 'fault', rootIds: [], abiVersions: ['0.2.1'] }
  const { manifest, blobs } = await buildImage(layout, { module: MODULE, description, created: null })
  return new MemoryImage(manifest, [manifest, ...blobs])
}

async function push(layout: Layout, host = registry.host): Promise<MemoryImage> {
  const image = await build(layout)
  await transferImage(image, image.root, open(host), [layout])
  return image
}

async function pull(tag: string, host = registry.host, name = 'team/fault'): ReturnType<typeof pullModule> {
  return pullModule(open(host, name), parseReference(`${host}/${name}:${tag}`))
}

const output = async (program: string, ...args: string[]): Promise<string> => (await run(program, args)).stdout.trim()
const runSkopeo = (...args: string[]): Promise<string> => output(skopeo.value!, ...args)
const runCrane = (...args: string[]): Promise<string> => output(crane.value!, ...args)

describe.skipIf(reasons !== '')(`what we push${reasons}`, () => {
  it.each(LAYOUTS)('has the same digest for crane and skopeo: %s', async (layout) => {
    const { digest, root } = await push(layout)
    const reference = `${registry.host}/team/fault:${layout}`
    expect(await runCrane('digest', reference)).toBe(digest)
    expect(await runCrane('manifest', reference)).toBe(String(root.bytes))
    expect(await runSkopeo('inspect', '--raw', '--tls-verify=false', `docker://${reference}`)).toBe(String(root.bytes))
  })

  it.each(LAYOUTS)('is valid to crane, blob by blob: %s', async (layout) => {
    const image = await push(layout, second.host)
    for (const { descriptor, bytes } of image.contents.slice(1)) {
      const { stdout } = await run(crane.value!, ['blob', `${second.host}/team/fault@${descriptor.digest}`], {
        encoding: 'buffer',
      })
      expect(stdout).toEqual(Buffer.from(bytes))
    }
  })

  it.each(KEPT)('keeps its digest through skopeo, out and in: %s', async (layout) => {
    const { digest } = await push(layout)
    const here = `oci:${join(folder, layout)}:1`
    await runSkopeo('copy', '--src-tls-verify=false', `docker://${registry.host}/team/fault:${layout}`, here)
    await runSkopeo('copy', '--dest-tls-verify=false', here, `docker://${second.host}/team/by-skopeo:${layout}`)
    const pulled = await pull(layout, second.host, 'team/by-skopeo')
    expect(pulled.manifestDigest).toBe(digest)
    expect(Buffer.from(pulled.module)).toEqual(MODULE)
  })
})

describe.skipIf(reasons !== '')(`what others push${reasons}`, () => {
  it.each(LAYOUTS)('from our folder, by skopeo, is what we would have pushed: %s', async (layout) => {
    const image = await build(layout)
    const path = join(folder, `ours-${layout}`)
    const layoutFolder = await LayoutFolder.create(path)
    for (const blob of image.contents.slice(1)) await layoutFolder.putBlob(blob)
    await layoutFolder.putManifest('1', image.root)
    // skopeo cannot read Docker's manifests in an OCI folder.
    if (layout === 'docker') return void expect(await layoutFolder.resolve('1')).toMatchObject({ digest: image.digest })
    await runSkopeo('copy', '--dest-tls-verify=false', `oci:${path}:1`, `docker://${registry.host}/team/folder:${layout}`)
    expect((await pull(layout, registry.host, 'team/folder')).manifestDigest).toBe(image.digest)
  })

  it.each([
    ['docker', []],
    ['oci', ['--oci-empty-base']],
  ])('as a layer on nothing, by crane: %s', async (layout, flags) => {
    const layer = join(folder, 'layer.tgz')
    writeFileSync(layer, gzipLayer(await packLayer([{ name: 'plugin.wasm', bytes: MODULE }], new Date(0))))
    const reference = `${registry.host}/team/appended:${layout}`
    await runCrane('append', ...flags, '-f', layer, '-t', reference)
    const pulled = await pull(layout, registry.host, 'team/appended')
    expect(pulled.layout).toBe(layout)
    expect(pulled.manifestDigest).toBe(await runCrane('digest', reference))
    expect(Buffer.from(pulled.module)).toEqual(MODULE)
  })

  it('as an index, by crane: the image for linux/amd64', async () => {
    await push('oci')
    const image = `${registry.host}/team/fault:oci`
    const name = `${registry.host}/team/fault:index`
    await runCrane('mutate', image, '--set-platform', 'linux/amd64', '-t', `${image}-amd64`)
    await runCrane('index', 'append', '-m', `${image}-amd64`, '-t', name)
    const pulled = await pull('index')
    expect(pulled.rootDigest).toBe(await runCrane('digest', name))
    expect(pulled.manifestDigest).toBe(await runCrane('digest', '--platform', 'linux/amd64', name))
    expect(Buffer.from(pulled.module)).toEqual(MODULE)
  })

  it('in any layout, copied by crane between registries', async () => {
    for (const layout of LAYOUTS) {
      const { digest } = await push(layout)
      await runCrane('copy', `${registry.host}/team/fault:${layout}`, `${second.host}/team/copied:${layout}`)
      expect((await pull(layout, second.host, 'team/copied')).manifestDigest).toBe(digest)
    }
  })
})

describe.skipIf(reasons !== '')(`Istio's agent${reasons}`, () => {
  const ask = (tag: string): Promise<string> => output(wasmpull.value!, `${registry.host}/team/fault:${tag}`)

  it.each(['oci', 'docker', 'artifact'] as const)('takes the layout %s, and names the digest that we print', async (layout) => {
    const { digest } = await push(layout)
    // Istio's own log lines come first.
    const line = (await ask(layout)).split('\n').at(-1)!
    expect(JSON.parse(line)).toEqual({ digest: digest.slice(7), length: MODULE.length, magic: '0061736d' })
  })

  it('refuses a registry that asks for a password in the way of htpasswd', async () => {
    const guarded = await startDebianRegistry({ htpasswd: HTPASSWD })
    try {
      const asking = run(wasmpull.value!, [`${guarded.host}/team/fault:1`])
      await expect(asking).rejects.toMatchObject({ stderr: expect.stringContaining('rejected unsafe bearer realm') })
    } finally {
      await guarded.stop()
    }
  })

  it('refuses the layout wasm', async () => {
    await push('wasm')
    await expect(ask('wasm')).rejects.toMatchObject({ stderr: expect.stringContaining('number of layers must be 2') })
  })

  it('refuses an artifact of one layer', async () => {
    const image = imageOf([MODULE])
    const text = String(image.root.bytes).replace(
      'application/vnd.oci.image.layer.v1.tar+gzip',
      'application/vnd.module.wasm.content.layer.v1+wasm',
    )
    const lone = imageOf([MODULE], JSON.parse(text) as object)
    await transferImage(lone, lone.root, open(), ['lone'])
    await expect(ask('lone')).rejects.toMatchObject({ stderr: expect.stringContaining('number of layers must be 2') })
    // We read it all the same.
    expect((await pull('lone')).layout).toBe('artifact')
  })
})
