import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { blobOf, digestOf } from '../../../../host/oci/digest.ts'
import { LAYOUTS, buildImage } from '../../../../host/oci/image/build-image.ts'
import { extractModule, type ExtractOptions, type GetBlob } from '../../../../host/oci/image/extract-module.ts'
import type { Blob, Descriptor } from '../../../../host/oci/types.ts'
import { DESCRIPTION, sampleModule } from './sample.ts'

const MODULE = sampleModule(5000)
const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const CONTENT = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const OCI = 'application/vnd.oci.image.manifest.v1+json'
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

const json = (mediaType: string, value: object): Blob => blobOf(mediaType, Buffer.from(JSON.stringify(value)))
const EMPTY = blobOf('application/vnd.oci.empty.v1+json', Buffer.from('{}'))

/** A manifest over layers. */
function manifest(layers: readonly Blob[], mediaType = OCI, more: object = {}): Blob {
  const list = layers.map(({ descriptor }) => descriptor)
  return json(mediaType, { schemaVersion: 2, mediaType, config: EMPTY.descriptor, layers: list, ...more })
}

function index(children: readonly (Descriptor | object)[]): Blob {
  return json(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests: children })
}

function source(blobs: readonly Blob[]): GetBlob {
  const known = new Map(blobs.map(({ descriptor, bytes }) => [descriptor.digest, bytes]))
  return (descriptor) => Promise.resolve(known.get(descriptor.digest) ?? expect.fail(`asked for ${descriptor.digest}`))
}

const extract = (top: Blob, blobs: readonly Blob[], options: Partial<ExtractOptions> = {}): ReturnType<typeof extractModule> =>
  extractModule(top.bytes, source(blobs), { place: 'image', ...options })

/** A tar of what `make` puts into a folder. */
function tarOf(make: (folder: string) => void, ...flags: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'layer-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  make(folder)
  return execFileSync('tar', ['-c', ...flags, '-C', folder, '.'])
}

const layer = (tar: Uint8Array): Blob => blobOf(TAR_GZIP, gzipSync(tar))
const put = (path: string, bytes: Uint8Array | string) => (folder: string) => {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), bytes)
}

describe('the module comes back', () => {
  test.each(LAYOUTS)('out of the layout %s that we write', async (layout) => {
    const image = await buildImage(layout, { module: MODULE, description: DESCRIPTION, created: null })
    const read = await extract(image.manifest, image.blobs, { digest: image.manifest.descriptor.digest })
    expect(Buffer.from(read.module).equals(MODULE)).toBe(true)
    expect(read.layout).toBe(layout)
    expect(read.moduleSha256).toBe(digestOf(MODULE).slice('sha256:'.length))
    expect(read.manifestDigest).toBe(image.manifest.descriptor.digest)
    const saysMore = layout !== 'wasm'
    expect(read.runtimeConfig).toEqual(saysMore ? { abiVersions: ['0.2.1'], rootIds: ['add-header'] } : null)
    expect(read.schema).toBe(layout === 'oci' || layout === 'docker' ? DESCRIPTION.schema : null)
  })

  test.each(['--format=ustar', '--format=gnu', '--format=pax'])('out of a layer of tar %s, from any folder', async (format) => {
    const last = layer(tarOf(put('usr/share/plugin.wasm', MODULE), format))
    const read = await extract(manifest([layer(tarOf(put('plugin.wasm', 'other'))), last]), [last])
    expect(Buffer.from(read.module).equals(MODULE)).toBe(true)
    expect(read).toMatchObject({ layout: 'oci', runtimeConfig: null, schema: null })
  })

  test('out of the artifact in either order, and out of one raw layer', async () => {
    const raw = blobOf(CONTENT, MODULE)
    const config = blobOf(CONFIG, Buffer.from('{"abi_version":"0.2.0"}'))
    const read = await extract(manifest([raw, config]), [raw, config])
    expect(read).toMatchObject({ layout: 'artifact', runtimeConfig: { abiVersions: ['0.2.0'], rootIds: [] } })
    expect((await extract(manifest([raw]), [raw])).layout).toBe('artifact')
    const old = blobOf('application/vnd.wasm.content.layer.v1+wasm', MODULE)
    expect((await extract(manifest([old]), [old])).layout).toBe('wasm-to-oci')
  })

  test('out of a manifest that does not name its own type', async () => {
    const last = layer(tarOf(put('plugin.wasm', MODULE)))
    const bare = json(OCI, { schemaVersion: 2, config: EMPTY.descriptor, layers: [last.descriptor] })
    expect((await extract(bare, [last])).layout).toBe('oci')
  })

  test('out of the child of an index that a mesh would take', async () => {
    const last = layer(tarOf(put('plugin.wasm', MODULE)))
    const child = manifest([last])
    const arm = { ...EMPTY.descriptor, platform: { os: 'linux', architecture: 'arm64' } }
    const top = index([arm, { ...child.descriptor, platform: { os: 'linux', architecture: 'amd64' } }])
    const read = await extract(top, [last, child], { digest: top.descriptor.digest })
    expect(read.manifestDigest).toBe(child.descriptor.digest)
    expect((await extract(index([child.descriptor, arm]), [last, child])).manifestDigest).toBe(child.descriptor.digest)
    const platform = { os: 'wasip1', architecture: 'wasm' }
    const other = index([arm, { ...child.descriptor, platform }])
    expect((await extract(other, [last, child], { platform })).manifestDigest).toBe(child.descriptor.digest)
  })
})

/** What must be refused: name, code, manifest, blobs; options of the call. */
interface Refusal {
  readonly name: string
  readonly code: string
  readonly text: RegExp
  readonly make: () => { top: Blob; blobs: readonly Blob[]; options?: Partial<ExtractOptions> }
}

/** The blob of another content under the descriptor of this one. */
const swapped = ({ descriptor }: Blob, bytes: Uint8Array): Blob => ({ descriptor, bytes })
const one = (blob: Blob): { top: Blob; blobs: Blob[] } => ({ top: manifest([blob]), blobs: [blob] })
const raw = blobOf(CONTENT, MODULE)

const REFUSALS: readonly Refusal[] = [
  {
    name: 'a manifest of another digest than the pin',
    code: 'SLUICE_OCI_DIGEST',
    text: /not what its digest says/,
    make: () => ({ ...one(raw), options: { digest: digestOf(MODULE) } }),
  },
  {
    name: 'a layer of which a byte was changed',
    code: 'SLUICE_OCI_DIGEST',
    text: /not what its digest says: seen sha256/,
    make: () => {
      const good = layer(tarOf(put('plugin.wasm', MODULE)))
      const bad = Uint8Array.from(good.bytes)
      bad[bad.length - 9]! ^= 1
      return { top: manifest([good]), blobs: [swapped(good, bad)] }
    },
  },
  {
    name: 'a layer that was cut short',
    code: 'SLUICE_OCI_DIGEST',
    text: /another size .* wanted 5017 bytes/,
    make: () => ({ top: manifest([raw]), blobs: [swapped(raw, MODULE.subarray(0, 1000))] }),
  },
  {
    name: 'a child of an index that is not the one that it names',
    code: 'SLUICE_OCI_DIGEST',
    text: /not what its digest says|another size/,
    make: () => {
      const child = manifest([raw])
      return {
        top: index([child.descriptor]),
        blobs: [raw, swapped(child, manifest([raw], OCI, { annotations: { a: 'b' } }).bytes)],
      }
    },
  },
  {
    name: 'a layer that is no gzip',
    code: 'SLUICE_OCI_LAYER',
    text: /cannot be decompressed: seen incorrect header check, wanted gzip/,
    make: () => one(blobOf(TAR_GZIP, tarOf(put('plugin.wasm', MODULE)))),
  },
  {
    name: 'gzip that ends early',
    code: 'SLUICE_OCI_LAYER',
    text: /unexpected end of file/,
    make: () => one(blobOf(TAR_GZIP, gzipSync(tarOf(put('plugin.wasm', MODULE))).subarray(0, -20))),
  },
  {
    name: 'a tar that ends early',
    code: 'SLUICE_OCI_LAYER',
    text: /is no tar: seen Tar archive is truncated/,
    make: () => one(layer(tarOf(put('plugin.wasm', MODULE)).subarray(0, 3000))),
  },
  { name: 'gzip of no tar', code: 'SLUICE_OCI_LAYER', text: /is no tar/, make: () => one(layer(MODULE)) },
  {
    name: 'a bomb: 300 MiB in 300 KB',
    code: 'SLUICE_OCI_LAYER',
    text: /too large: seen more than 256 MiB/,
    make: () => one(layer(Buffer.alloc(300 * 1024 * 1024))),
  },
  {
    name: 'a layer that announces more than 256 MiB',
    code: 'SLUICE_OCI_LAYER',
    text: /too large: seen 268435457 bytes/,
    make: () => ({ top: manifest([{ ...raw, descriptor: { ...raw.descriptor, size: 268_435_457 } }]), blobs: [] }),
  },
  {
    name: 'a tar without plugin.wasm',
    code: 'SLUICE_OCI_MODULE',
    text: /wanted a file plugin\.wasm in the last layer/,
    make: () => one(layer(tarOf(put('my-plugin.wasm', MODULE)))),
  },
  {
    name: 'plugin.wasm that is a link',
    code: 'SLUICE_OCI_MODULE',
    text: /no such file/,
    make: () => one(layer(tarOf((folder) => symlinkSync('/etc/hostname', join(folder, 'plugin.wasm'))))),
  },
  {
    name: 'plugin.wasm in a layer that is not the last',
    code: 'SLUICE_OCI_MODULE',
    text: /no such file/,
    make: () => {
      const last = layer(tarOf(put('README.md', 'later')))
      return { top: manifest([layer(tarOf(put('plugin.wasm', MODULE))), last]), blobs: [last] }
    },
  },
  {
    name: 'a file that is no module',
    code: 'SLUICE_OCI_MODULE',
    text: /seen 9 bytes that begin with 23212f62/,
    make: () => one(layer(tarOf(put('plugin.wasm', '#!/bin/sh')))),
  },
  {
    name: 'a module that is its magic only',
    code: 'SLUICE_OCI_MODULE',
    text: /seen 4 bytes/,
    make: () => one(blobOf(CONTENT, MODULE.subarray(0, 4))),
  },
  {
    name: 'a layer of plain tar',
    code: 'SLUICE_OCI_LAYOUT',
    text: /seen application\/vnd\.oci\.image\.layer\.v1\.tar, wanted a last layer of type/,
    make: () => one(blobOf('application/vnd.oci.image.layer.v1.tar', tarOf(put('plugin.wasm', MODULE)))),
  },
  {
    name: 'an artifact of three layers',
    code: 'SLUICE_OCI_LAYOUT',
    text: /or two layers of which one is/,
    make: () => ({ top: manifest([raw, EMPTY, EMPTY]), blobs: [raw] }),
  },
  {
    name: 'layers of OCI in a manifest of Docker',
    code: 'SLUICE_OCI_LAYOUT',
    text: /wanted a last layer of type application\/vnd\.docker/,
    make: () => ({ top: manifest([layer(tarOf(put('plugin.wasm', MODULE)))], DOCKER), blobs: [] }),
  },
  { name: 'no layers', code: 'SLUICE_OCI_LAYOUT', text: /seen no layers/, make: () => ({ top: manifest([]), blobs: [] }) },
  {
    name: 'an index without the platform',
    code: 'SLUICE_OCI_LAYOUT',
    text: /seen linux\/arm64, unknown\/unknown, wanted linux\/amd64/,
    make: () => {
      const arm = { ...raw.descriptor, platform: { os: 'linux', architecture: 'arm64' } }
      return { top: index([arm, { ...arm, platform: { os: 'unknown', architecture: 'unknown' } }]), blobs: [] }
    },
  },
  {
    name: 'an index in an index',
    code: 'SLUICE_OCI_MANIFEST',
    text: /seen an index, wanted the manifest of one image/,
    make: () => {
      const child = index([])
      return { top: index([child.descriptor]), blobs: [child] }
    },
  },
]

describe('refused with a clear error is', () => {
  test.each(REFUSALS)('$name', async ({ code, text, make }) => {
    const { top, blobs, options } = make()
    const error: unknown = await extract(top, blobs, options).catch((fault: unknown) => fault)
    expect(error).toMatchObject({ code })
    expect(String(error)).toMatch(text)
    expect(String(error)).toMatch(/^image/)
  })
})

describe('no manifest is', () => {
  const good = { schemaVersion: 2, mediaType: OCI, config: EMPTY.descriptor, layers: [raw.descriptor] }
  const cases: [string, string | object, RegExp][] = [
    ['text', 'hello', /Unexpected token/],
    ['bytes that are no UTF-8', '"\xff"', /not valid/],
    ['a list', '[]', /JSON that is no object/],
    ['null', 'null', /JSON that is no object/],
    ['schema version 1', { ...good, schemaVersion: 1 }, /seen schemaVersion 1/],
    ['another media type', { ...good, mediaType: 'text/html' }, /media type "text\/html"/],
    ['layers and manifests in one', { ...good, manifests: [] }, /both layers and manifests/],
    ['one without a config', { ...good, config: undefined }, /image config/],
    ['one without layers', { ...good, layers: undefined }, /image layers/],
    [
      'a layer with a path as digest',
      { ...good, layers: [{ ...raw.descriptor, digest: 'sha256:../../etc' }] },
      /image layers\[0\] digest/,
    ],
    ['a layer of negative size', { ...good, layers: [{ ...raw.descriptor, size: -1 }] }, /image layers\[0\] size/],
    ['a layer without media type', { ...good, layers: [{ ...raw.descriptor, mediaType: 7 }] }, /image layers\[0\] mediaType/],
    ['a number as annotation', { ...good, annotations: { a: 1 } }, /number under "a"/],
    [
      'a text as platform',
      { schemaVersion: 2, mediaType: INDEX, manifests: [{ ...raw.descriptor, platform: 'linux' }] },
      /platform/,
    ],
    ['more than 4 MiB', { ...good, annotations: { a: 'x'.repeat(4 << 20) } }, /wanted a manifest of at most 4 MiB/],
  ]

  test.each(cases)('%s', async (_, content, text) => {
    const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content), 'latin1')
    const error: unknown = await extractModule(bytes, source([]), { place: 'image' }).catch((fault: unknown) => fault)
    expect(error).toMatchObject({ code: 'SLUICE_OCI_MANIFEST' })
    expect(String(error)).toMatch(text)
  })
})
