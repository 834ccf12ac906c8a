import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { blobOf, digestOf } from '../../../../host/oci/digest.ts'
import { LAYOUTS, buildImage, type Image, type Layout } from '../../../../host/oci/image/build-image.ts'
import { contentGetter, extractModule, type ExtractedModule } from '../../../../host/oci/image/extract-module.ts'
import { packArchive } from '../../../../host/oci/image/layout-archive.ts'
import { LayoutFolder } from '../../../../host/oci/image/layout-folder.ts'
import type { Blob } from '../../../../host/oci/types.ts'
import { DESCRIPTION, sampleModule } from './sample.ts'

const MODULE = sampleModule(5000)
const OCI = 'application/vnd.oci.image.manifest.v1+json'

let scratch: string
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'layout-'))
})
afterEach(() => {
  rmSync(scratch, { recursive: true })
})

function build(layout: Layout, module = MODULE): Promise<Image> {
  return buildImage(layout, { module, description: DESCRIPTION, created: null })
}

async function write(path: string, image: Image, tag: string): Promise<LayoutFolder> {
  const folder = await LayoutFolder.create(path)
  for (const blob of image.blobs) await folder.putBlob(blob)
  await folder.putManifest(tag, image.manifest)
  return folder
}

async function readModule(path: string, key: string): Promise<ExtractedModule> {
  const folder = await LayoutFolder.open(path)
  const { bytes, descriptor } = await folder.getManifest(key)
  return extractModule(bytes, contentGetter(folder), { place: path, digest: descriptor.digest })
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' })
}

describe('a layout folder gives back what was put', () => {
  test.each(LAYOUTS)('in the layout %s', async (layout) => {
    const path = join(scratch, 'image')
    const image = await build(layout)
    await write(path, image, '1.4.0')
    const read = await readModule(path, '1.4.0')
    expect(Buffer.from(read.module).equals(MODULE)).toBe(true)
    expect(read.manifestDigest).toBe(image.manifest.descriptor.digest)
    expect((await readModule(path, read.manifestDigest)).layout).toBe(layout)
  })

  test('which is the same bytes each time', async () => {
    const image = await build('oci')
    const folders = ['a', 'b'].map((name) => join(scratch, name))
    for (const path of folders) await write(path, image, '1.4.0')
    await write(folders[1]!, image, '1.4.0')
    const [first, second] = folders.map((path) =>
      readdirSync(path, { recursive: true, encoding: 'utf8' })
        .toSorted()
        .map((name) =>
          name.includes('.') || /[0-9a-f]{64}$/.test(name) ? [name, digestOf(readFileSync(join(path, name)))] : name,
        ),
    )
    expect(first).toEqual(second)
    expect(first?.length).toBe(7)
  })
})

describe('tags', () => {
  test('move to the manifest that was put last', async () => {
    const folder = await write(join(scratch, 'image'), await build('oci'), '1')
    await folder.putManifest('latest', (await build('oci')).manifest)
    const next = await build('oci', sampleModule(6000))
    await write(join(scratch, 'image'), next, 'latest')
    expect(await folder.listTags()).toEqual(['1', 'latest'])
    expect((await folder.resolve('latest'))?.digest).toBe(next.manifest.descriptor.digest)
    expect((await folder.resolve('1'))?.digest).toBe((await build('oci')).manifest.descriptor.digest)
  })

  test('that are not there are named with those that are', async () => {
    const folder = await write(join(scratch, 'image'), await build('oci'), '1')
    expect(await folder.resolve('2')).toBeNull()
    expect(await folder.resolve(digestOf(MODULE))).toBeNull()
    await expect(folder.getManifest('2')).rejects.toMatchObject({
      code: 'SLUICE_OCI_NOT_FOUND',
      detail: { seen: '"2"', wanted: 'a digest that is in it, or one of the tags 1' },
    })
  })
})

describe('referrers', () => {
  const referrer = (subject: Blob, note: string): Blob => {
    const empty = blobOf('application/vnd.oci.empty.v1+json', Buffer.from('{}')).descriptor
    const { mediaType, digest, size } = subject.descriptor
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI,
      artifactType: 'text/note',
      config: empty,
      layers: [empty],
      subject: { mediaType, digest, size },
      annotations: { note },
    }
    return blobOf(OCI, Buffer.from(JSON.stringify(manifest)))
  }

  test('are found by their subject, each once, with kind and annotations', async () => {
    const image = await build('oci')
    const folder = await write(join(scratch, 'image'), image, '1')
    const notes = [referrer(image.manifest, 'a'), referrer(image.manifest, 'b')]
    for (const note of [...notes, notes[0]!]) await folder.putManifest(note.descriptor.digest, note)
    const { digest } = image.manifest.descriptor
    const found = await folder.listReferrers(digest)
    expect(found.toSorted((a, b) => (a.annotations!['note']! < b.annotations!['note']! ? -1 : 1))).toEqual(
      notes.map((note, at) => ({ ...note.descriptor, artifactType: 'text/note', annotations: { note: 'ab'[at] } })),
    )
    expect(await folder.listReferrers(digestOf(MODULE))).toEqual([])
    expect(await folder.listTags()).toEqual(['1'])
  })
})

describe('other tools read it, and keep the digest', () => {
  // skopeo finds a manifest of Docker in no layout folder.
  test.each(LAYOUTS.filter((layout) => layout !== 'docker'))('skopeo, a folder with the layout %s', async (layout) => {
    const { manifest } = await build(layout)
    await write(join(scratch, 'image'), await build(layout), '1.4.0')
    const raw = run('skopeo', ['inspect', '--raw', `oci:${scratch}/image:1.4.0`])
    expect(digestOf(Buffer.from(raw))).toBe(manifest.descriptor.digest)
    run('skopeo', ['copy', '-q', `oci:${scratch}/image:1.4.0`, `oci:${scratch}/copy:here`])
    const read = await readModule(join(scratch, 'copy'), 'here')
    expect(read).toMatchObject({ layout, manifestDigest: manifest.descriptor.digest })
  })

  test('skopeo, an archive, which is the same bytes each time', async () => {
    const image = await build('oci')
    const archive = await packArchive(image, '1.4.0')
    writeFileSync(join(scratch, 'image.tar'), archive)
    const raw = run('skopeo', ['inspect', '--raw', `oci-archive:${scratch}/image.tar`])
    expect(digestOf(Buffer.from(raw))).toBe(image.manifest.descriptor.digest)
    expect(digestOf(await packArchive(await build('oci'), '1.4.0'))).toBe(digestOf(archive))
    mkdirSync(join(scratch, 'unpacked'))
    run('tar', ['-xf', join(scratch, 'image.tar'), '-C', join(scratch, 'unpacked')])
    expect(Buffer.from((await readModule(join(scratch, 'unpacked'), '1.4.0')).module).equals(MODULE)).toBe(true)
  })

  test('umoci unpacks it to a file system with the module', async () => {
    await write(join(scratch, 'image'), await build('oci'), '1.4.0')
    run('umoci', ['unpack', '--rootless', '--image', `${scratch}/image:1.4.0`, `${scratch}/bundle`])
    expect(readdirSync(join(scratch, 'bundle/rootfs')).toSorted()).toEqual(['plugin.wasm', 'runtime-config.json', 'schema.json'])
    expect(readFileSync(join(scratch, 'bundle/rootfs/plugin.wasm')).equals(MODULE)).toBe(true)
  })
})

describe('refused is', () => {
  test.each<[string, string, RegExp, (path: string, image: Image) => void]>([
    [
      'a blob that was changed',
      'SLUICE_OCI_DIGEST',
      /not what its digest says/,
      (path, image) => flip(blobFile(path, image.blobs[1]!)),
    ],
    [
      'a blob that grew',
      'SLUICE_OCI_DIGEST',
      /another size/,
      (path, image) => appendFileSync(blobFile(path, image.blobs[1]!), 'x'),
    ],
    [
      'a manifest that was changed',
      'SLUICE_OCI_DIGEST',
      /not what its digest says/,
      (path, image) => flip(blobFile(path, image.manifest)),
    ],
    ['a blob that is gone', 'SLUICE_OCI_NOT_FOUND', /does not have/, (path, image) => rmSync(blobFile(path, image.blobs[1]!))],
    ['a manifest that is gone', 'SLUICE_OCI_NOT_FOUND', /does not have/, (path, image) => rmSync(blobFile(path, image.manifest))],
    ['index.json that is no JSON', 'SLUICE_OCI_MANIFEST', /index\.json/, (path) => writeFileSync(join(path, 'index.json'), '{')],
    ['a folder without index.json', 'SLUICE_OCI_FOLDER', /no file index\.json/, (path) => rmSync(join(path, 'index.json'))],
    ['a folder without oci-layout', 'SLUICE_OCI_FOLDER', /no file oci-layout/, (path) => rmSync(join(path, 'oci-layout'))],
    [
      'a layout of version 2',
      'SLUICE_OCI_FOLDER',
      /"2\.0\.0"/,
      (path) => writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}'),
    ],
    ['a folder that is none', 'SLUICE_OCI_FOLDER', /no file oci-layout/, (path) => rmSync(path, { recursive: true })],
  ])('%s', async (_, code, text, harm) => {
    const path = join(scratch, 'image')
    const image = await build('oci')
    await write(path, image, '1')
    harm(path, image)
    const error: unknown = await readModule(path, '1').catch((fault: unknown) => fault)
    expect(error).toMatchObject({ code })
    expect(String(error)).toMatch(text)
  })

  test('to write into a folder of other files', async () => {
    writeFileSync(join(scratch, 'package.json'), '{}')
    await expect(LayoutFolder.create(scratch)).rejects.toMatchObject({
      code: 'SLUICE_OCI_FOLDER',
      detail: { seen: 'files (package.json, …)' },
    })
    expect(existsSync(join(scratch, 'oci-layout'))).toBe(false)
  })

  test('to write where a file is', async () => {
    writeFileSync(join(scratch, 'file'), '')
    await expect(LayoutFolder.create(join(scratch, 'file'))).rejects.toMatchObject({ code: 'SLUICE_OCI_FOLDER' })
  })
})

const blobFile = (path: string, { descriptor }: Blob): string =>
  join(path, 'blobs/sha256', descriptor.digest.slice('sha256:'.length))

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(path, bytes)
}
