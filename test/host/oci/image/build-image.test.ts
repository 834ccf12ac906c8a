import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { LAYOUTS, buildImage, type Image, type ImageInput, type Layout } from '../../../../host/oci/image/build-image.ts'
import { readManifest } from '../../../../host/oci/image/read-manifest.ts'
import { digestOf } from '../../../../host/oci/digest.ts'
import type { ImageConfig, Manifest } from '../../../../host/oci/types.ts'
import { NODE_VERSIONS, nodeBinary } from '../../../support/node-versions.ts'
import { DESCRIPTION, sampleModule } from './sample.ts'

/** A change here changes the digest of every image that anyone packs again: it belongs into the changelog. */
const DIGESTS: Readonly<Record<Layout, string>> = {
  oci: 'sha256:3abdd3dbfa1c2c2d5bf2f4049059d16d32a612f5193f6f9274d5dee588c542b1',
  docker: 'sha256:d32d46040b99f80aba133424dd718dc3be489fd3ff41c74fb94c5db006693fd0',
  artifact: 'sha256:fcf2af877593e0c34a5c8f3152caa969a2d08f5d1b917cdec3b602de85eb1d48',
  wasm: 'sha256:669aa5d2d9ac329b184f461c178985c26a2bcf05927070f61aefed0b3b485e86',
}

const INPUT: ImageInput = { module: sampleModule(), description: DESCRIPTION, created: null }

const manifestOf = ({ manifest }: Image): Manifest => readManifest(manifest.bytes, 'image')
const blobOf = (image: Image, digest: string): Uint8Array => {
  const blob = image.blobs.find(({ descriptor }) => descriptor.digest === digest)
  return blob?.bytes ?? expect.fail(`no blob ${digest}`)
}

describe('equal input gives an equal digest', () => {
  test.each(LAYOUTS)('in the layout %s', async (layout) => {
    expect((await buildImage(layout, INPUT)).manifest.descriptor.digest).toBe(DIGESTS[layout])
  })

  test.each(NODE_VERSIONS)('on Node %s', { timeout: 120_000 }, async (version) => {
    const node = await nodeBinary(version)
    const output = execFileSync(node, [join(import.meta.dirname, 'print-digests.ts')], { encoding: 'utf8' })
    expect(JSON.parse(output)).toEqual(DIGESTS)
  })

  test('which changes with any of it', async () => {
    const module = sampleModule()
    module[5000]! ^= 1
    const others: ImageInput[] = [
      { ...INPUT, module },
      { ...INPUT, description: { ...DESCRIPTION, version: '1.4.1' } },
      { ...INPUT, description: { ...DESCRIPTION, schema: '{}' } },
      { ...INPUT, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      { ...INPUT, annotations: { 'org.example.team': 'edge' } },
      { ...INPUT, created: new Date('2026-01-02T03:04:05.678Z') },
    ]
    const digests = await Promise.all(others.map(async (input) => (await buildImage('oci', input)).manifest.descriptor.digest))
    expect(new Set([DIGESTS.oci, ...digests]).size).toBe(others.length + 1)
  })
})

test('every blob is described as it is, and everything that a manifest names is there', async () => {
  for (const layout of LAYOUTS) {
    const image = await buildImage(layout, INPUT)
    for (const { descriptor, bytes } of [...image.blobs, image.manifest]) {
      expect(descriptor).toMatchObject({ digest: digestOf(bytes), size: bytes.length })
    }
    const { config, layers } = manifestOf(image)
    for (const { digest } of [config, ...layers]) blobOf(image, digest)
  }
})

describe('the layout oci', () => {
  test('has one layer, a tar of three files that belong to nobody', async () => {
    const image = await buildImage('oci', INPUT)
    const { layers, mediaType } = manifestOf(image)
    expect(mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
    expect(layers.map((layer) => layer.mediaType)).toEqual(['application/vnd.oci.image.layer.v1.tar+gzip'])
    const packed = blobOf(image, layers[0]!.digest)
    // Neither a name nor a time stands in the header of gzip.
    expect(Buffer.from(packed.subarray(0, 10)).toString('hex')).toBe('1f8b0800000000000203')
    const list = execFileSync('tar', ['-tvz', '--full-time', '--utc', '--numeric-owner'], { input: packed, encoding: 'utf8' })
    expect(list.trimEnd().split('\n')).toEqual([
      `-rw-r--r-- 0/0          ${INPUT.module.length} 1970-01-01 00:00:00 plugin.wasm`,
      '-rw-r--r-- 0/0             106 1970-01-01 00:00:00 runtime-config.json',
      '-rw-r--r-- 0/0              18 1970-01-01 00:00:00 schema.json',
    ])
    const module = execFileSync('tar', ['-xzO', 'plugin.wasm'], { input: packed, maxBuffer: 1 << 20 })
    expect(module.equals(INPUT.module)).toBe(true)
  })

  test('says in its config what a container runtime asks for', async () => {
    const image = await buildImage('oci', INPUT)
    const { config, layers, annotations } = manifestOf(image)
    const tar = gunzipSync(blobOf(image, layers[0]!.digest))
    const read = JSON.parse(Buffer.from(blobOf(image, config.digest)).toString()) as ImageConfig
    expect(read).toEqual({
      created: '1970-01-01T00:00:00Z',
      os: 'linux',
      architecture: 'amd64',
      config: { Labels: annotations },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'sluice pack' }],
    })
  })

  test('carries the description as annotations', async () => {
    const { annotations } = manifestOf(await buildImage('oci', INPUT))
    expect(annotations).toEqual({
      'module.wasm.image/variant': 'compat',
      'module.wasm.runtime/abi_version': '0.2.1',
      'module.wasm.runtime/type': 'envoy_proxy',
      'org.opencontainers.image.description': 'Adds a header',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.source': 'https://example.com/add-header',
      'org.opencontainers.image.title': 'add-header',
      'org.opencontainers.image.version': '1.4.0',
      'sluice.filter.root-ids': 'add-header',
      'sluice.filter.schema.sha256': digestOf(Buffer.from('{"type":"object"}\n')).slice(7),
      'sluice.module.sha256': digestOf(INPUT.module).slice(7),
      'sluice.npm.package': '@example/add-header@1.4.0',
    })
  })

  test('bears a time only when one is given', async () => {
    const image = await buildImage('oci', { ...INPUT, created: new Date(1_700_000_000_000) })
    const { config, layers, annotations } = manifestOf(image)
    expect(annotations).toMatchObject({ 'org.opencontainers.image.created': '2023-11-14T22:13:20Z' })
    expect(Buffer.from(blobOf(image, config.digest)).toString()).toContain('"created":"2023-11-14T22:13:20Z"')
    const list = execFileSync('tar', ['-tvz', '--full-time', '--utc'], {
      input: blobOf(image, layers[0]!.digest),
      encoding: 'utf8',
    })
    expect(list).toContain('2023-11-14 22:13:20 plugin.wasm')
  })

  test('leaves out what is unknown', async () => {
    const { annotations } = manifestOf(
      await buildImage('oci', { ...INPUT, description: { name: 'bare', rootIds: [], abiVersions: ['0.2.1'] } }),
    )
    expect(Object.keys(annotations ?? {})).toEqual([
      'module.wasm.image/variant',
      'module.wasm.runtime/abi_version',
      'module.wasm.runtime/type',
      'org.opencontainers.image.title',
      'sluice.module.sha256',
    ])
  })
})

test('the layout docker has Docker’s media types and no annotations', async () => {
  const { mediaType, config, layers, annotations } = manifestOf(await buildImage('docker', INPUT))
  expect([mediaType, config.mediaType, ...layers.map((layer) => layer.mediaType)]).toEqual([
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.docker.container.image.v1+json',
    'application/vnd.docker.image.rootfs.diff.tar.gzip',
  ])
  expect(annotations).toBeUndefined()
})

test('the layout artifact has two raw layers', async () => {
  const image = await buildImage('artifact', INPUT)
  const { config, layers } = manifestOf(image)
  expect(layers.map((layer) => layer.mediaType)).toEqual([
    'application/vnd.module.wasm.config.v1+json',
    'application/vnd.module.wasm.content.layer.v1+wasm',
  ])
  expect(config).toEqual(layers[0])
  expect(JSON.parse(Buffer.from(blobOf(image, config.digest)).toString())).toEqual({
    type: 'envoy_proxy',
    abiVersions: ['0.2.1'],
    abi_version: '0.2.1',
    config: { root_ids: ['add-header'] },
  })
})

test('the layout wasm has one raw layer and a config that names it', async () => {
  const image = await buildImage('wasm', INPUT)
  const { config, layers } = manifestOf(image)
  expect(layers.map((layer) => layer.mediaType)).toEqual(['application/wasm'])
  expect(config.mediaType).toBe('application/vnd.wasm.config.v0+json')
  expect(JSON.parse(Buffer.from(blobOf(image, config.digest)).toString())).toEqual({
    created: '1970-01-01T00:00:00Z',
    architecture: 'wasm',
    os: 'wasip1',
    layerDigests: [digestOf(INPUT.module)],
  })
})
