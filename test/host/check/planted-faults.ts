/** Things with one fault each, and the code under which it must be found. */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { CheckOptions } from '../../../host/check/check-target.ts'
import { MAX_MODULE_BYTES } from '../../../host/check/check-module.ts'
import type { ErrorCode } from '../../../host/errors.ts'
import { blobOf } from '../../../host/oci/digest.ts'
import { buildImage, type Layout } from '../../../host/oci/image/build-image.ts'
import { gzipLayer, packLayer } from '../../../host/oci/image/layer.ts'
import { LayoutFolder } from '../../../host/oci/image/layout-folder.ts'
import { MEDIA_TYPES } from '../../../host/oci/media-types.ts'
import type { Blob } from '../../../host/oci/types.ts'
import { root } from '../../../tools/checks/sources.ts'
import { guest, wat } from '../vm/wat.ts'

export interface PlantedFault {
  readonly name: string
  readonly code: ErrorCode
  readonly level?: 'warning'
  /** Writes the target into an empty folder; returns its path. */
  plant(folder: string): Promise<string>
  readonly options?: Partial<CheckOptions>
}

export const OPTIONS: CheckOptions = {
  limits: { hosts: ['envoy'], maxBytes: MAX_MODULE_BYTES },
  consumers: ['istio', 'envoy-gateway', 'higress'],
  access: {},
  rootId: null,
  schema: null,
}

/** A callback, so that hosts have something to call. */
export const CALLBACK = '(func (export "proxy_on_tick") (param i32))'
const RATELIMIT = join(root, 'filters/dist/ratelimit.wasm')
const LIMITS = { limits: [{ name: 'all', token_bucket: { max_tokens: 1, fill_interval: '1s' } }] }

export const module = (bytes: Uint8Array) => async (folder: string) => {
  const file = join(folder, 'plugin.wasm')
  await writeFile(file, bytes)
  return file
}
const imports = (text: string) => module(guest(CALLBACK, text))

/** A custom section of an empty content. */
function withSection(name: string): Uint8Array {
  return Buffer.concat([guest(CALLBACK), Buffer.from([0, name.length + 1, name.length]), Buffer.from(name)])
}

const described = { name: 'a', rootIds: ['known'], abiVersions: ['0.2.1'] }

export const image = (layout: Layout) => async (folder: string) => {
  const { manifest, blobs } = await buildImage(layout, { module: guest(CALLBACK), description: described, created: null })
  return store(folder, manifest, blobs)
}

async function store(folder: string, manifest: Blob, blobs: readonly Blob[]): Promise<string> {
  const layout = await LayoutFolder.create(join(folder, 'image'))
  for (const blob of blobs) await layout.putBlob(blob)
  await layout.putManifest('1', manifest)
  return join(folder, 'image')
}

/** An image of one layer, by hand. */
const layer = (type: string, bytes: Uint8Array | Promise<Uint8Array>, manifestType: string = MEDIA_TYPES.ociManifest) => {
  return async (folder: string) => {
    const one = blobOf(type, await bytes)
    const config = blobOf(MEDIA_TYPES.ociConfig, Buffer.from('{}'))
    const json = { schemaVersion: 2, mediaType: manifestType, config: config.descriptor, layers: [one.descriptor] }
    return store(folder, blobOf(manifestType, Buffer.from(JSON.stringify(json))), [one, config])
  }
}

const tar = (name: string) => packLayer([{ name, bytes: guest(CALLBACK) }], new Date(0))
const tarGzip = async (name: string) => gzipLayer(await tar(name))

const index = (platform: object) => async (folder: string) => {
  const built = await buildImage('oci', { module: guest(CALLBACK), description: described, created: null })
  const path = await store(folder, built.manifest, built.blobs)
  const manifests = [{ ...built.manifest.descriptor, platform }]
  const json = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }
  const layout = await LayoutFolder.open(path)
  await layout.putManifest('1', blobOf(MEDIA_TYPES.ociIndex, Buffer.from(JSON.stringify(json))))
  return path
}

const tampered = async (folder: string) => {
  const built = await buildImage('oci', { module: guest(CALLBACK), description: described, created: null })
  const path = await store(folder, built.manifest, built.blobs)
  const { digest, size } = built.blobs.at(-1)!.descriptor
  await writeFile(join(path, 'blobs', digest.replace(':', '/')), Buffer.alloc(size))
  return path
}

interface Bootstrap {
  static_resources: { listeners: [{ filter_chains: [{ filters: [{ typed_config: { http_filters: ChainEntry[] } }] }] }] }
}
interface PluginMessage {
  name: string
  root_id: string
  failure_policy?: string
  configuration?: { '@type'?: string; value?: string }
  vm_config: { configuration?: object; code: object }
}
interface ChainEntry {
  name: string
  typed_config: { config: PluginMessage }
}

/** The quickstart with one thing changed. */
export const quickstart =
  (change: (filters: ChainEntry[]) => void, example = 'envoy') =>
  async (folder: string) => {
    const bootstrap = parse(readFileSync(join(root, `examples/quickstart/${example}.yaml`), 'utf8')) as Bootstrap
    change(bootstrap.static_resources.listeners[0].filter_chains[0].filters[0].typed_config.http_filters)
    const file = join(folder, 'bootstrap.yaml')
    await mkdir(folder, { recursive: true })
    await writeFile(file, stringify(bootstrap))
    return file
  }

function move(filters: ChainEntry[], name: string, before: string): void {
  const at = filters.findIndex((filter) => filter.name === name)
  const [moved] = filters.splice(at, 1)
  filters.splice(
    filters.findIndex((filter) => filter.name === before),
    0,
    moved!,
  )
}

function plugin(filters: ChainEntry[], name: string): PluginMessage {
  return filters.find((filter) => filter.name === name)!.typed_config.config
}

const order = (name: string, before: string) => quickstart((filters) => move(filters, name, before))

/** The list that configures a bundle, with one thing changed. */
const bundle = (change: (entries: { name: string; configuration: Record<string, unknown> }[]) => void) =>
  quickstart((filters) => {
    const { configuration } = plugin(filters, 'quickstart')
    const entries = JSON.parse(configuration!.value!)
    change(entries)
    configuration!.value = JSON.stringify(entries)
  }, 'bundle')

export const PLANTED: readonly PlantedFault[] = [
  { name: 'import of an AssemblyScript binding', code: 'SLUICE_WASM_IMPORT', plant: imports('(import "env" "abort" (func))') },
  {
    name: 'import of a function that WASI has and proxies have not',
    code: 'SLUICE_WASM_IMPORT',
    plant: imports('(import "wasi_snapshot_preview1" "sock_send" (func))'),
  },
  {
    name: 'import with another type',
    code: 'SLUICE_WASM_IMPORT',
    plant: imports('(import "env" "proxy_log" (func (param i64)))'),
  },
  {
    name: 'import of a memory of JavaScript',
    code: 'SLUICE_WASM_IMPORT',
    plant: imports('(import "env" "table" (table 1 funcref))'),
  },
  {
    name: 'no ABI marker',
    code: 'SLUICE_WASM_ABI',
    plant: module(wat('(module (memory (export "memory") 1) (func (export "malloc") (param i32) (result i32) (i32.const 0)))')),
  },
  { name: 'ABI marker of another version', code: 'SLUICE_WASM_ABI', plant: module(guest(CALLBACK, '', '0_3_0')) },
  {
    name: 'no allocator',
    code: 'SLUICE_WASM_ABI',
    plant: module(wat(`(module (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1")) ${CALLBACK})`)),
  },
  {
    name: 'callback with another type',
    code: 'SLUICE_WASM_ABI',
    plant: module(guest('(func (export "proxy_on_tick") (param i64))')),
  },
  { name: 'text instead of a module', code: 'SLUICE_WASM_LOAD', plant: module(Buffer.from('not a module')) },
  { name: 'module of another core version', code: 'SLUICE_WASM_LOAD', plant: module(Buffer.from('\0asm\x02\0\0\0', 'latin1')) },
  { name: 'component', code: 'SLUICE_CHECK_COMPONENT', plant: module(Buffer.from('\0asm\x0d\0\x01\0', 'latin1')) },
  {
    name: 'module above the limit',
    code: 'SLUICE_CHECK_SIZE',
    plant: module(guest(CALLBACK)),
    options: { limits: { hosts: ['envoy'], maxBytes: 100 } },
  },
  {
    name: 'module that takes seconds to compile',
    code: 'SLUICE_CHECK_SIZE',
    level: 'warning',
    plant: module(Buffer.concat([guest(CALLBACK), largeSection()])),
  },
  {
    name: 'machine code in the module',
    code: 'SLUICE_CHECK_PRECOMPILED',
    level: 'warning',
    plant: module(withSection('precompiled_v8_v13.6')),
  },
  { name: 'nothing to call', code: 'SLUICE_CHECK_EXPORTS', level: 'warning', plant: module(guest('')) },
  {
    name: 'hostcall that Kong lacks',
    code: 'SLUICE_CHECK_HOSTCALL',
    level: 'warning',
    plant: imports('(import "env" "proxy_grpc_cancel" (func (param i32) (result i32)))'),
    options: { limits: { hosts: ['kong'], maxBytes: MAX_MODULE_BYTES } },
  },
  {
    name: 'root id that the module does not know',
    code: 'SLUICE_CHECK_ROOT_ID',
    plant: image('oci'),
    options: { rootId: 'knwon' },
  },
  { name: 'image of one raw layer', code: 'SLUICE_CHECK_LAYOUT', plant: image('wasm') },
  {
    name: 'image with an uncompressed layer',
    code: 'SLUICE_OCI_LAYOUT',
    plant: layer('application/vnd.oci.image.layer.v1.tar', tar('plugin.wasm')),
  },
  {
    name: 'image whose layer says gzip and is not',
    code: 'SLUICE_OCI_LAYER',
    plant: layer(MEDIA_TYPES.ociLayerTarGzip, tar('plugin.wasm')),
  },
  {
    name: 'image with the module under another name',
    code: 'SLUICE_OCI_MODULE',
    plant: layer(MEDIA_TYPES.ociLayerTarGzip, tarGzip('filter.wasm')),
  },
  {
    name: "Docker's manifest with a layer of OCI",
    code: 'SLUICE_OCI_LAYOUT',
    plant: layer(MEDIA_TYPES.ociLayerTarGzip, tarGzip('plugin.wasm'), MEDIA_TYPES.dockerManifest),
  },
  { name: 'image with a changed layer', code: 'SLUICE_OCI_DIGEST', plant: tampered },
  {
    name: 'index without the platform that proxies look for',
    code: 'SLUICE_OCI_LAYOUT',
    plant: index({ os: 'linux', architecture: 'arm64' }),
  },
  {
    name: 'index instead of an image',
    code: 'SLUICE_CHECK_INDEX',
    level: 'warning',
    plant: index({ os: 'linux', architecture: 'amd64' }),
  },
  {
    name: 'field that the schema does not have',
    code: 'SLUICE_FILTER_CONFIG',
    plant: async () => RATELIMIT,
    options: { config: { ...LIMITS, limit: 1 } },
  },
  {
    name: 'value of another type in a bundle',
    code: 'SLUICE_FILTER_CONFIG',
    plant: bundle((entries) => (entries[0]!.configuration.reporter = 3)),
  },
  {
    name: 'configuration that only the filter can refuse',
    code: 'SLUICE_WASM_START',
    plant: async () => join(root, 'filters/dist/header-routing.wasm'),
    options: { config: { routes: [{ split: { total: 10, variants: [{ name: 'a', cluster: 'a', weight: 3 }] } }] } },
  },
  {
    name: 'field that a message does not have',
    code: 'SLUICE_CONFIG_UNKNOWN_FIELD',
    plant: quickstart((filters) => Object.assign(plugin(filters, 'stats'), { rootid: 'stats' })),
  },
  { name: 'routing after the check of keys', code: 'SLUICE_CHECK_ORDER', plant: order('api-key-auth', 'header-routing') },
  { name: 'limit per client before the check of keys', code: 'SLUICE_CHECK_ORDER', plant: order('ratelimit', 'api-key-auth') },
  { name: 'faults before the limit', code: 'SLUICE_CHECK_ORDER', level: 'warning', plant: order('fault', 'ratelimit') },
  { name: 'statistics late in the chain', code: 'SLUICE_CHECK_ORDER', level: 'warning', plant: order('header-routing', 'stats') },
  {
    name: 'routing after the check of keys, in a bundle',
    code: 'SLUICE_CHECK_ORDER',
    plant: bundle((entries) => entries.splice(1, 2, entries[2]!, entries[1]!)),
  },
  {
    name: 'check of keys that fails open',
    code: 'SLUICE_CHECK_FAIL_OPEN',
    plant: quickstart((filters) => (plugin(filters, 'api-key-auth').failure_policy = 'FAIL_OPEN')),
  },
  {
    name: 'rules about paths that the proxy sends on as they came',
    code: 'SLUICE_CHECK_PATHS',
    level: 'warning',
    plant: quickstart((filters) => {
      const { configuration } = plugin(filters, 'api-key-auth')
      const rules = [{ match: { path: { prefix: '/reports' } }, allowed_clients: ['alice'] }]
      configuration!.value = JSON.stringify({ ...JSON.parse(configuration!.value!), rules })
    }),
  },
  {
    name: 'configuration in base64',
    code: 'SLUICE_CHECK_CONFIG_FORM',
    level: 'warning',
    plant: module(guest(CALLBACK)),
    options: { config: Buffer.from('{"reporter": "source"}').toString('base64') },
  },
  {
    name: 'configuration of the VM instead of the plugin',
    code: 'SLUICE_CHECK_CONFIG_FORM',
    level: 'warning',
    plant: quickstart((filters) => {
      const config = plugin(filters, 'stats')
      config.vm_config.configuration = config.configuration!
      delete config.configuration
    }),
  },
  {
    name: 'two plugins of one name',
    code: 'SLUICE_CHECK_PLUGIN_NAME',
    level: 'warning',
    plant: quickstart((filters) => (plugin(filters, 'stats').name = 'fault')),
  },
]

/** More bytes than a proxy compiles in a moment, without content. */
function largeSection(): Buffer {
  const size = 11 * 1024 * 1024
  const length: number[] = []
  for (let rest = size; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.concat([Buffer.from([0, ...length, rest]), Buffer.alloc(size)])
    length.push((rest & 0x7f) | 0x80)
  }
}
